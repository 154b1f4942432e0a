#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage native
// augment: crops, mirrors and normalises images.
//   y[n, h, w, c] = pixel(n, h + dy - pad, w' + dx - pad, c) scale[c] + shift[c]
//   pixel is 0 outside of the image
//   (dy, dx) is random in 0 .. 2 pad where CROP, else (pad, pad)
//   w' = width - 1 - w where FLIP and a coin says so, else w
//   0 images        [images, height, width, 3] bytes, four in a word
//   1 y             [images, height, width] quads, the fourth channel zero
//   2 step_params
// Random numbers: three of the four words of Philox with counter (position in the epoch, epoch, 0,
// 0x41554747) and key seed.
// Constants: 0 workgroup, 1 CROP, 2 FLIP. One invocation computes one pixel.
#define STEP_PARAMS_BINDING 2
#include "index.glsl"
#include "philox.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint CROP = 0;
layout(constant_id = 2) const uint FLIP = 0;
layout(set = 0, binding = 0, std430) restrict readonly buffer Images { uint words[]; };
TENSOR_OUT(1, y)
layout(push_constant) uniform Push {
    vec4 scale, shift;
    uint images, height, width, pad, first_image;
};

uint byte_at(uint i) { return words[i / 4u] >> (i % 4u * 8u) & 0xffu; }

void main() {
    uint i = invocation_index();
    if (i >= images * height * width) return;
    uint row = divide(i, width);
    uint image = divide(row, height);
    int x = int(i - row * width), h = int(row - image * height);
    if (CROP != 0u || FLIP != 0u) {
        uvec4 counter = uvec4(step_params.first_sample + first_image + image, step_params.epoch, 0u, 0x41554747u);
        uvec4 random = philox(counter, uvec2(step_params.seed_low, step_params.seed_high));
        if (FLIP != 0u && (random.z & 1u) != 0u) x = int(width) - 1 - x;
        if (CROP != 0u) {
            h += int(uniform_index(random.x, 2u * pad + 1u)) - int(pad);
            x += int(uniform_index(random.y, 2u * pad + 1u)) - int(pad);
        }
    }
    bool inside = h >= 0 && h < int(height) && x >= 0 && x < int(width);
    uint at = inside ? ((image * height + uint(h)) * width + uint(x)) * 3u : 0u;
    vec3 pixel = inside ? vec3(byte_at(at), byte_at(at + 1u), byte_at(at + 2u)) : vec3(0.0);
    STORE(y, i, vec4(pixel * scale.xyz + shift.xyz, 0.0));
}
