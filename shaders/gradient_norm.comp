#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// gradient_norm: the norm of all gradients, and what they are multiplied by so that it is at most `most`.
//   norm = sqrt(sum of partial);  share = min(1, most / (norm + margin))
//   result = (factor share, norm, share, 0)
// The factor is 0 where mixed precision skips the step, and NaN where the norm is not finite: no update is right.
//   0 partial   [parts] fp32 quads (sum_squares.comp)
//   1 result    one fp32 quad
//   2 unscale   one fp32 quad, the factor first; read with SCALED only, else 1
// Constants: 0 workgroup, which is 64; 1 SCALED. One workgroup.
#include "index.glsl"
#include "portable_math.glsl"
#include "tensor.glsl"
#include "workgroup_sum.glsl"
layout(constant_id = 1) const uint SCALED = 0;
F32_IN(0, partial)
F32_OUT(1, result)
F32_BUFFER_IN(2, unscale)
layout(push_constant) uniform Push { uint parts; float most, margin; };

void main() {
    precise vec4 mine = vec4(0.0);
    for (uint i = gl_LocalInvocationID.x; i < parts; i += 64u) mine = mine + LOAD(partial, i);
    precise vec4 sum = workgroup_sum(mine);
    if (gl_LocalInvocationID.x != 0u) return;
    float factor = 1.0;
    if (SCALED != 0u) factor = LOAD(unscale, 0u).x;
    // The bits are looked at, because drivers may compute as if nothing were infinite.
    bool finite = (floatBitsToUint(sum.x) & 0x7fffffffu) < 0x7f800000u;
    precise float norm = finite ? portable_sqrt(vec4(sum.x)).x : uintBitsToFloat(0x7f800000u);
    precise float bound = norm + margin;
    precise float share = 1.0;
    if (finite && bound > most) share = most * portable_reciprocal(vec4(bound)).x;
    precise float scaled = factor * share;
    if (!finite && factor != 0.0) scaled = uintBitsToFloat(0x7fc00000u);
    STORE(result, 0u, vec4(scaled, norm, share, 0.0));
}
