#version 450
#extension GL_GOOGLE_include_directive : require
// clip_values: torch.nn.utils.clip_grad_value_ on a range of the flat gradients. Nothing changes where the
// gradients' factor is 0; what is no number stays.
//   gradient = clamp(gradient, -most / factor, most / factor)
//   0 gradients  [quads] fp32, in place
//   1 unscale    one fp32 quad, the factor first
// Constant 0: workgroup. One invocation does one quad.
#include "index.glsl"
#include "portable_math.glsl"
#include "tensor.glsl"
F32_INOUT(0, gradients)
F32_BUFFER_IN(1, unscale)
layout(push_constant) uniform Push { uint quads; float most; };

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    float factor = LOAD(unscale, 0u).x;
    if (factor == 0.0) return;
    precise float bound = most * portable_reciprocal(vec4(factor)).x;
    vec4 g = LOAD(gradients, i);
    bvec4 number = lessThanEqual(floatBitsToUint(g) & 0x7fffffffu, uvec4(0x7f800000u));
    STORE(gradients, i, mix(g, clamp(g, -bound, bound), number));
}
