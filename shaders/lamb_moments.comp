#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// lamb_moments: LAMB's moments, and what its trust ratios are made of. Nothing changes where the gradients' factor
// is 0.
//   g = factor gradient;  m = m + (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g^2
//   u = m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) + decay p
//   partial[k] = (sum over piece k of p^2, of u^2, 0, 0)
//   0 parameters, 1 gradients   [quads] fp32, from quad `base` on
//   2 m, 3 v                    [quads] fp32, in place, from quad `base` on
//   4 pieces
//   5 partial                   [all pieces] fp32 quads
//   6 corrections               one fp32 quad (bias_corrections.comp)
//   7 shares                    [ranges] fp32 quads: of the weight decay
// Constant 0: workgroup, which is 64. One workgroup does one piece.
#define PIECES_BINDING 4
#include "index.glsl"
#include "lamb.glsl"
#include "pieces.glsl"
#include "tensor.glsl"
#include "workgroup_sum.glsl"
F32_IN(0, parameters)
F32_IN(1, gradients)
F32_INOUT(2, exp_avg)
F32_INOUT(3, exp_avg_sq)
F32_OUT(5, partial)
F32_BUFFER_IN(6, corrections)
F32_BUFFER_IN(7, shares)
layout(push_constant) uniform Push { uint piece_count, first_piece, base; float one_minus_beta1, beta2, one_minus_beta2, epsilon, weight_decay; };

void main() {
    uint k = workgroup_index();
    if (k >= piece_count) return;
    k += first_piece;
    const vec4 correction = LOAD(corrections, 0u);
    if (correction.x == 0.0) return;
    const Piece piece = pieces[k];
    const float decay = weight_decay * LOAD(shares, piece.range).x;
    precise vec4 mine = vec4(0.0);
    for (uint j = gl_LocalInvocationID.x; j < piece.quads; j += 64u) {
        uint i = piece.first - base + j;
        precise vec4 g = correction.x * LOAD(gradients, i);
        precise vec4 m = LOAD(exp_avg, i);
        m = m + one_minus_beta1 * (g - m);
        precise vec4 v = beta2 * LOAD(exp_avg_sq, i) + one_minus_beta2 * (g * g);
        STORE(exp_avg, i, m);
        STORE(exp_avg_sq, i, v);
        vec4 p = LOAD(parameters, i);
        precise vec4 u = lamb_direction(m, v, correction) + decay * p;
        precise vec4 pp = p * p, uu = u * u;
        precise vec2 sums = vec2((pp.x + pp.y) + (pp.z + pp.w), (uu.x + uu.y) + (uu.z + uu.w));
        mine = mine + vec4(sums, 0.0, 0.0);
    }
    precise vec4 sum = workgroup_sum(mine);
    if (gl_LocalInvocationID.x == 0u) STORE(partial, k, sum);
}
