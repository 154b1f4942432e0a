#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// batch_norm: normalises by the batch's statistics, and updates the running ones (training).
//   y = f((x - mean) / sqrt(M2 / count + epsilon) * gamma + beta) + residual
//   running_mean     += momentum (mean - running_mean)
//   running_variance += momentum (M2 / (count - 1) - running_variance)      unbiased; M2 / 1 where count is 1
//   0 x                 [rows, channels] tensor
//   1 statistics        [3, channels] fp32: mean, M2, count
//   2 gamma, 3 beta     [channels] fp32
//   4 y                 [rows, channels] tensor
//   5 running_mean, 6 running_variance   [channels] fp32, in place; changed where update != 0, mean is finite
//   7 residual          [rows, channels] tensor; read with RESIDUAL only
// Constants: 0 workgroup, 1 ACTIVATION (f), 2 RESIDUAL.
// Columns are channel quads (columns.glsl); part p has the rows from p * rows_per_part on.
// Part 0 does the update.
#include "activation.glsl"
#include "batch_norm.glsl"
#include "columns.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint ACTIVATION = NONE;
layout(constant_id = 2) const bool RESIDUAL = false;

TENSOR_IN(0, x)
F32_IN(1, statistics)
F32_IN(2, gamma)
F32_BUFFER_IN(3, beta)
TENSOR_OUT(4, y)
F32_INOUT(5, running_mean)
F32_INOUT(6, running_variance)
TENSOR_IN(7, residual)
layout(push_constant) uniform Push {
    uint rows, channels, lanes, rows_per_part, update;
    float epsilon, momentum;
};

vec4 normalised(BatchNorm norm, vec4 v, uint i) {
    v = activation(ACTIVATION, batch_norm(norm, v));
    if (RESIDUAL) v += LOAD(residual, i);
    return v;
}

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    if (!at.live) return;
    uint c = at.column;
    vec4 mean = LOAD(statistics, c), m2 = LOAD(statistics, quads + c);
    float count = LOAD(statistics, 2u * quads + c).x;
    BatchNorm norm = batch_norm_of(mean, m2 / count, epsilon, LOAD(gamma, c), LOAD(beta, c));

    uint end = min((at.part + 1u) * rows_per_part, rows), row = at.part * rows_per_part + at.strand;
    for (; row + 3u * at.strands < end; row += 4u * at.strands) {
        vec4 v[4];
        [[unroll]] for (uint u = 0; u < 4u; ++u) v[u] = LOAD(x, (row + u * at.strands) * quads + c);
        [[unroll]] for (uint u = 0; u < 4u; ++u)
            STORE(y, (row + u * at.strands) * quads + c, normalised(norm, v[u], (row + u * at.strands) * quads + c));
    }
    for (; row < end; row += at.strands)
        STORE(y, row * quads + c, normalised(norm, LOAD(x, row * quads + c), row * quads + c));
    if (update != 0u && at.part == 0u && at.strand == 0u) {
        STORE(running_mean, c, running_mean_after(LOAD(running_mean, c), mean, momentum));
        STORE(running_variance, c, running_variance_after(LOAD(running_variance, c), mean, m2, count, momentum));
    }
}
