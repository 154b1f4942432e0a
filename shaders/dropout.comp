#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// dropout: y = x / (1 - p) where a random number of its own is at least p, else 0.
// The gradient is the same, of dy.
//   0 x, 1 y        [images, image_quads] tensors
//   2 step_params
// Random numbers: Philox with key seed and counter (quad in the image, position in the global batch, step, layer).
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
    uvec4 counter = uvec4(i - image * image_quads, step_params.first_sample + first_image + image, step_params.step, layer);
    vec4 random = uniform_floats(philox(counter, uvec2(step_params.seed_low, step_params.seed_high)));
    vec4 kept = LOAD(x, i) * (1.0 / (1.0 - probability));
    STORE(y, i, mix(vec4(0.0), kept, greaterThanEqual(random, vec4(probability))));
}
