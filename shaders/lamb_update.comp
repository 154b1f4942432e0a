#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// lamb_update: LAMB's update. Nothing changes where the gradients' factor is 0.
//   p = p - learning_rate trust (m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) + decay p)
//   0 parameters   [quads] fp32, in place, from quad `base` on
//   1 m, 2 v       [quads] fp32, from quad `base` on (lamb_moments.comp)
//   3 pieces
//   4 corrections  one fp32 quad (bias_corrections.comp)
//   5 shares       [ranges] fp32 quads: of the weight decay
//   6 trust        [ranges] fp32 quads (lamb_trust.comp)
//   7 step_params  learning_rate
// Constant 0: workgroup, which is 64. One workgroup does one piece.
#define PIECES_BINDING 3
#define STEP_PARAMS_BINDING 7
#include "index.glsl"
#include "lamb.glsl"
#include "pieces.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
F32_INOUT(0, parameters)
F32_IN(1, exp_avg)
F32_IN(2, exp_avg_sq)
F32_BUFFER_IN(4, corrections)
F32_BUFFER_IN(5, shares)
F32_BUFFER_IN(6, trust)
layout(push_constant) uniform Push { uint piece_count, first_piece, base; float epsilon, weight_decay; };

void main() {
    uint k = workgroup_index();
    if (k >= piece_count) return;
    const vec4 correction = LOAD(corrections, 0u);
    if (correction.x == 0.0) return;
    const Piece piece = pieces[k + first_piece];
    const float decay = weight_decay * LOAD(shares, piece.range).x;
    precise float rate = step_params.learning_rate * LOAD(trust, piece.range).x;
    for (uint j = gl_LocalInvocationID.x; j < piece.quads; j += 64u) {
        uint i = piece.first - base + j;
        vec4 p = LOAD(parameters, i);
        precise vec4 u = lamb_direction(LOAD(exp_avg, i), LOAD(exp_avg_sq, i), correction) + decay * p;
        precise vec4 moved = p - rate * u;
        STORE(parameters, i, moved);
    }
}
