#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// batch_norm_input_grad: gradient of batch_norm.comp with respect to x, statistics included.
//   dx = gamma inv_std (g - sum g / R - xhat sum(g xhat) / R)
//   g = dy f'(z), z and xhat as in batch_norm.glsl
//   R is the count of the statistics: the rows of all devices where they are synchronised
//   0 dy       [rows, channels] tensor
//   1 x        [rows, channels] tensor
//   2 statistics       [3, channels] fp32: mean, M2, count
//   3 gamma, 4 beta    [channels] fp32
//   5 sums     [2, channels] fp32: sum g, sum g xhat
//   6 dx       [rows, channels] tensor
// Constants: 0 workgroup, 1 ACTIVATION (f).
// Columns are channel quads (columns.glsl); part p has the rows from p * rows_per_part on.
#include "activation.glsl"
#include "batch_norm.glsl"
#include "columns.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint ACTIVATION = NONE;

TENSOR_IN(0, dy)
TENSOR_IN(1, x)
F32_IN(2, statistics)
F32_BUFFER_IN(3, gamma)
F32_BUFFER_IN(4, beta)
F32_IN(5, sums)
TENSOR_OUT(6, dx)
layout(push_constant) uniform Push {
    uint rows, channels, lanes, rows_per_part;
    float epsilon;
};

vec4 gradient(BatchNorm norm, vec4 mean_g, vec4 slope, vec4 g, vec4 v) {
    if (ACTIVATION != NONE) g *= activation_derivative(ACTIVATION, batch_norm(norm, v));
    return norm.scale * (g - mean_g - (v - norm.mean) * slope);
}

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    if (!at.live) return;
    uint c = at.column;
    float count = LOAD(statistics, 2u * quads + c).x;
    BatchNorm norm = batch_norm_of(LOAD(statistics, c), LOAD(statistics, quads + c) / count, epsilon, LOAD(gamma, c),
                                   LOAD(beta, c));
    vec4 mean_g = LOAD(sums, c) / count, slope = LOAD(sums, quads + c) / count * norm.inv_std;

    uint end = min((at.part + 1u) * rows_per_part, rows), row = at.part * rows_per_part + at.strand;
    for (; row + 3u * at.strands < end; row += 4u * at.strands) {
        vec4 v[4], g[4];
        [[unroll]] for (uint u = 0; u < 4u; ++u) {
            v[u] = LOAD(x, (row + u * at.strands) * quads + c);
            g[u] = LOAD(dy, (row + u * at.strands) * quads + c);
        }
        [[unroll]] for (uint u = 0; u < 4u; ++u)
            STORE(dx, (row + u * at.strands) * quads + c, gradient(norm, mean_g, slope, g[u], v[u]));
    }
    for (; row < end; row += at.strands)
        STORE(dx, row * quads + c, gradient(norm, mean_g, slope, LOAD(dy, row * quads + c), LOAD(x, row * quads + c)));
}
