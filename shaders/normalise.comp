#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage native
// normalise: makes a tensor of images, after the last pass of their programs.
//   y[n, i, j, c] = pixel(n, i, j, c) scale[c] + shift[c], or where the program erases what ERASE says
//   0 images, 1 program, 2 previous, 3 tables   as colour_pass has them
//   4 y   [images, size, size] quads, the fourth channel zero
// Constants: 0 workgroup, 1 PREVIOUS, 2 KINDS, 3 PASSES: is there a pass at all?, 4 ERASE: 0 nothing, 1 zeros, 2 a
// colour of N(0, 1), 3 noise of N(0, 1).
// Random numbers: Philox with counter (pixel or 0, rectangle, 0, 0x45524153) and the rectangle's key.
// One invocation computes one pixel.
#include "index.glsl"
layout(push_constant) uniform Push {
    vec4 scale, shift;
    uint images, size, program_words, pass, operations, erasures, rectangles;
};
#include "colours.glsl"
#include "normal.glsl"
#include "philox.glsl"
#include "tensor.glsl"
layout(constant_id = 3) const bool PASSES = false;
layout(constant_id = 4) const uint ERASE = 0u;
const uint COLOUR = 2u, NOISE = 3u, ERASURE_WORDS = 8u;
TENSOR_OUT(4, y)

vec3 drawn(uint at, uint counter, uint rectangle) {
    if (ERASE < COLOUR) return vec3(0.0);
    uvec4 bits = philox(uvec4(counter, rectangle, 0u, 0x45524153u), uvec2(program[at + 4u], program[at + 5u]));
    return normal_deviates(bits).xyz;
}

void main() {
    uint at = invocation_index();
    if (at >= images * size * size) return;
    uint line = divide(at, size), n = divide(line, size);
    int i = int(line - n * size), j = int(at - line * size);
    ivec3 pixel;
    if (PASSES) {
        Pass p = pass_of(n);
        pixel = after(p, p.end, j, i);
    } else {
        pixel = unpack_pixel(images_words[at]);
    }
    vec3 value = vec3(pixel) * scale.xyz + shift.xyz;
    if (ERASE != 0u) {
        for (uint rectangle = 0u; rectangle < rectangles; ++rectangle) {
            uint words = n * program_words + erasures + rectangle * ERASURE_WORDS;
            int down = i - program[words], right = j - program[words + 1u];
            if (down >= 0 && down < program[words + 2u] && right >= 0 && right < program[words + 3u])
                value = drawn(words, ERASE == NOISE ? at - n * size * size : 0u, rectangle);
        }
    }
    STORE(y, at, vec4(value, 0.0));
}
