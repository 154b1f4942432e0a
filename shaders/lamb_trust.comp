#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// lamb_trust: LAMB's trust ratio of every range.
//   ratio = |p| / |u| where the range adapts and neither is 0, else 1;  trust[r] = (ratio, 0, 0, 0)
//   0 partial   [pieces] fp32 quads: sums of p^2 and u^2 (lamb_moments.comp)
//   1 pieces_of [ranges] of (first piece, pieces, whether it adapts, 0)
//   2 trust     [ranges] fp32 quads
// Constant 0: workgroup. One invocation does one range.
#include "index.glsl"
#include "portable_math.glsl"
#include "tensor.glsl"
F32_IN(0, partial)
layout(set = 0, binding = 1, std430) restrict readonly buffer PiecesOf { uvec4 pieces_of[]; };
F32_OUT(2, trust)
layout(push_constant) uniform Push { uint ranges; };

void main() {
    uint r = invocation_index();
    if (r >= ranges) return;
    const uvec4 range = pieces_of[r];
    precise vec4 sum = vec4(0.0);
    for (uint k = 0u; k < range.y; ++k) sum = sum + LOAD(partial, range.x + k);
    precise float ratio = 1.0;
    if (range.z != 0u && sum.x > 0.0 && sum.y > 0.0) {
        precise vec4 norms = portable_sqrt(vec4(sum.xy, 1.0, 1.0));
        ratio = norms.x * portable_reciprocal(vec4(norms.y)).x;
    }
    STORE(trust, r, vec4(ratio, 0.0, 0.0, 0.0));
}
