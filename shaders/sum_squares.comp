#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// sum_squares: sums of squares over the pieces of a flat buffer (pieces.glsl).
//   partial[k] = (sum over piece k of (factor x)^2, 0, 0, 0)
//   0 x         [quads] fp32, from quad `base` on
//   1 pieces
//   2 partial   [all pieces] fp32 quads
//   3 unscale   one fp32 quad, the factor first; read with SCALED only, else 1
// Constants: 0 workgroup, which is 64; 1 SCALED. One workgroup sums one piece.
#define PIECES_BINDING 1
#include "index.glsl"
#include "pieces.glsl"
#include "tensor.glsl"
#include "workgroup_sum.glsl"
layout(constant_id = 1) const uint SCALED = 0;
F32_IN(0, x)
F32_OUT(2, partial)
F32_BUFFER_IN(3, unscale)
layout(push_constant) uniform Push { uint piece_count, first_piece, base; };

void main() {
    uint k = workgroup_index();
    if (k >= piece_count) return;
    k += first_piece;
    const Piece piece = pieces[k];
    float factor = 1.0;
    if (SCALED != 0u) factor = LOAD(unscale, 0u).x;
    precise vec4 mine = vec4(0.0);
    for (uint i = gl_LocalInvocationID.x; i < piece.quads; i += 64u) {
        precise vec4 v = factor * LOAD(x, piece.first - base + i);
        mine = mine + v * v;
    }
    precise vec4 sum = workgroup_sum(mine);
    precise float total = (sum.x + sum.y) + (sum.z + sum.w);
    if (gl_LocalInvocationID.x == 0u) STORE(partial, k, vec4(total, 0.0, 0.0, 0.0));
}
