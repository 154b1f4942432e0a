#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// drop_path: y = x / (1 - p) in images whose random number is at least p, else 0.
// The gradient is the same, of dy.
//   0 x, 1 y        [images, image_quads] tensors
//   2 step_params
// Random numbers: the first word of Philox with key seed and counter (0, position in the global batch, step, layer).
// Constant 0: workgroup. One invocation computes one quad.
#define STEP_PARAMS_BINDING 2
#include "index.glsl"
#include "philox.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint images, image_quads, first_image, layer; float probability; };

void main() {
    uint i = invocation_index();
    if (i >= images * image_quads) return;
    uint image = divide(i, image_quads);
    uvec4 counter = uvec4(0u, step_params.first_sample + first_image + image, step_params.step, layer);
    float random = uniform_floats(philox(counter, uvec2(step_params.seed_low, step_params.seed_high))).x;
    vec4 kept = LOAD(x, i) * (1.0 / (1.0 - probability));
    STORE(y, i, random >= probability ? kept : vec4(0.0));
}
