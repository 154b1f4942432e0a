#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// merge_batch_norm_sums: adds partial sums of batch_norm_sums.comp or gradient_epilogue.glsl, part by part.
//   0 partial  [parts, 2, channels] fp32: sum g, sum g (x - mean)
//   1 sums     [2, channels] fp32: sum g, sum g xhat      xhat = (x - mean) / sqrt(M2 / count + epsilon)
//   2 dgamma   [channels] fp32: sum g xhat
//   3 dbeta    [channels] fp32: sum g
//   4 statistics   [3, channels] fp32: mean, M2, count
//   5 gamma        [channels] fp32; read where makes_coefficients is not 0 only
//   6 coefficients [4, channels] fp32: what the input gradient comes to (include/gradient_coefficients.glsl); written
//                  likewise
// Constants: 0 workgroup, 1 TREE. Columns are the 2 * ceil(channels / 4) quads of a partial result
// (columns.glsl), in one part. With TREE the strands of a workgroup share the parts and are added in a tree;
// without, strand 0 adds them all.
#include "column_sums.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const bool TREE = true;

F32_IN(0, partial)
F32_OUT(1, sums)
F32_OUT(2, dgamma)
F32_OUT(3, dbeta)
F32_BUFFER_IN(4, statistics)
#define COEFFICIENTS_BINDING 5
#include "gradient_coefficients.glsl"
layout(push_constant) uniform Push { uint parts, channels, lanes, makes_coefficients; float epsilon; };

void main() {
    uint quads = (channels + 3u) / 4u, columns = 2u * quads;
    Columns at = columns_of(columns, lanes);
    uint end = at.live && (TREE || at.strand == 0u) ? parts : 0u, step = TREE ? at.strands : 1u;
    vec4 even = vec4(0.0), odd = vec4(0.0);
    for (uint part = at.strand; part < end; part += 2u * step) {
        even += LOAD(partial, part * columns + at.column);
        odd += LOAD_IF(partial, part + step < end, (part + step) * columns + at.column);
    }
    vec4 sum = even + odd;
    if (TREE) sum = column_sum(sum, at, lanes);
    if (at.live && at.strand == 0u) {
        bool second = at.column >= quads;
        uint c = second ? at.column - quads : at.column;
        float count = LOAD(statistics, 2u * quads + c).x;
        vec4 variance = LOAD(statistics, quads + c) / count;
        if (second) sum *= 1.0 / sqrt(variance + epsilon);
        STORE(sums, at.column, sum);
        if (second) STORE(dgamma, c, sum);
        else STORE(dbeta, c, sum);
        if (makes_coefficients != 0u) store_gradient_coefficients(c, quads, second, LOAD(statistics, c), variance, count, sum, epsilon);
    }
}
