#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// batch_norm_inference: normalises by the running statistics.
//   y = f((x - mean) / sqrt(variance + epsilon) * gamma + beta)
//   0 x                 [rows, channels] tensor
//   1 gamma, 2 beta, 3 running_mean, 4 running_variance   [channels] fp32
//   5 y                 [rows, channels] tensor
// Constants: 0 workgroup, 1 ACTIVATION (f).
// Columns are channel quads (columns.glsl); part p has the rows from p * rows_per_part on.
#include "activation.glsl"
#include "batch_norm.glsl"
#include "columns.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint ACTIVATION = NONE;

TENSOR_IN(0, x)
F32_BUFFER_IN(1, gamma)
F32_BUFFER_IN(2, beta)
F32_BUFFER_IN(3, running_mean)
F32_BUFFER_IN(4, running_variance)
TENSOR_OUT(5, y)
layout(push_constant) uniform Push {
    uint rows, channels, lanes, rows_per_part;
    float epsilon;
};

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    if (!at.live) return;
    uint c = at.column;
    BatchNorm norm = batch_norm_of(LOAD(running_mean, c), LOAD(running_variance, c), epsilon, LOAD(gamma, c), LOAD(beta, c));

    uint end = min((at.part + 1u) * rows_per_part, rows), row = at.part * rows_per_part + at.strand;
    for (; row + 3u * at.strands < end; row += 4u * at.strands) {
        vec4 v[4];
        [[unroll]] for (uint u = 0; u < 4u; ++u) v[u] = LOAD(x, (row + u * at.strands) * quads + c);
        [[unroll]] for (uint u = 0; u < 4u; ++u)
            STORE(y, (row + u * at.strands) * quads + c, activation(ACTIVATION, batch_norm(norm, v[u])));
    }
    for (; row < end; row += at.strands)
        STORE(y, row * quads + c, activation(ACTIVATION, batch_norm(norm, LOAD(x, row * quads + c))));
}
