#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load
// batch_norm_sums: the two sums over rows that batch norm's gradient needs, over the rows of a part.
//   partial[p] = (sum g, sum g (x - mean))      g = dy f'(z), z as in batch_norm.glsl
//   0 dy       [rows, channels] tensor
//   1 x        [rows, channels] tensor, the input of batch_norm.comp
//   2 statistics       [3, channels] fp32: mean, M2, count
//   3 gamma, 4 beta    [channels] fp32
//   5 partial  [partial results, 2, channels] fp32; merge_batch_norm_sums.comp adds them
// Constants: 0 workgroup, 1 TREE, 2 ACTIVATION (f).
// Columns are channel quads (columns.glsl); part p has the rows from p * rows_per_part on.
#include "activation.glsl"
#include "batch_norm.glsl"
#include "column_sums.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const bool TREE = true;
layout(constant_id = 2) const uint ACTIVATION = NONE;
const uint CHUNK = 4;

TENSOR_IN(0, dy)
TENSOR_IN(1, x)
F32_BUFFER_IN(2, statistics)
F32_BUFFER_IN(3, gamma)
F32_BUFFER_IN(4, beta)
F32_OUT(5, partial)
layout(push_constant) uniform Push {
    uint rows, channels, lanes, rows_per_part, first_partial;
    float epsilon;
};

// g = dy f'(z)
vec4 through_activation(BatchNorm norm, vec4 g, vec4 v) {
    if (ACTIVATION != NONE) g *= activation_derivative(ACTIVATION, batch_norm(norm, v));
    return g;
}

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    uint c = at.live ? at.column : 0u;
    BatchNorm norm = batch_norm_of(LOAD(statistics, c), LOAD(statistics, quads + c) / LOAD(statistics, 2u * quads + c).x,
                                   epsilon, LOAD(gamma, c), LOAD(beta, c));
    vec4 sum = vec4(0.0), sum_x = vec4(0.0);
    uint end = at.live ? min((at.part + 1u) * rows_per_part, rows) : 0u, row = at.part * rows_per_part + at.strand;
    for (; row + (CHUNK - 1u) * at.strands < end; row += CHUNK * at.strands) {
        vec4 chunk = vec4(0.0), chunk_x = vec4(0.0);
        [[unroll]] for (uint u = 0; u < CHUNK; ++u) {
            uint i = (row + u * at.strands) * quads + c;
            vec4 v = LOAD(x, i), g = through_activation(norm, LOAD(dy, i), v);
            chunk += g;
            chunk_x += g * (v - norm.mean);
        }
        sum += chunk;
        sum_x += chunk_x;
    }
    for (; row < end; row += at.strands) {
        vec4 v = LOAD(x, row * quads + c), g = through_activation(norm, LOAD(dy, row * quads + c), v);
        sum += g;
        sum_x += g * (v - norm.mean);
    }

    if (TREE) {
        sum = column_sum(sum, at, lanes);
        sum_x = column_sum(sum_x, at, lanes);
    }
    if (writes_partial(at, TREE)) {
        uint first = (first_partial + partial_of(at, TREE)) * 2u * quads + c;
        STORE(partial, first, sum);
        STORE(partial, first + quads, sum_x);
    }
}
