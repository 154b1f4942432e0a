#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// bias_grad: gradients of biases, as partial sums, of up to four tensors; sum_parts adds the parts. Of tensor k
//   partial[first_part + p, n] = sum of dy[r, n] over the rows r of part p
//   0 dy, 1 dy1, 2 dy2, 3 dy3                      [rows][channels] tensors
//   4 partial, 5 partial1, 6 partial2, 7 partial3  [parts][channels] fp32
// Preconditions: rows_per_part * (parts - 1) < rows.
// A workgroup sums LANES quads of columns over one part of one tensor: SLICES = WORKGROUP / LANES invocations a quad take
// every SLICES-th row each and are added in order. Those of tensor k are numbered from first_workgroup[k] on, the blocks of
// columns of a part one after the other.
// Constants: 0 WORKGROUP   1 LANES   2 COUNT, of the tensors; those beyond are not touched.
// Shared memory: WORKGROUP quads of 16 bytes, none where SLICES is 1.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint LANES = 16;
layout(constant_id = 2) const uint COUNT = 1;
const uint SLICES = WORKGROUP / LANES;
TENSOR_IN(0, dy)
TENSOR_IN(1, dy1)
TENSOR_IN(2, dy2)
TENSOR_IN(3, dy3)
F32_OUT(4, partial)
F32_OUT(5, partial1)
F32_OUT(6, partial2)
F32_OUT(7, partial3)
layout(push_constant) uniform Push { uint rows[4], channels[4], rows_per_part[4], first_workgroup[4], workgroups, first_part; };

shared vec4 slice_sum[SLICES == 1 ? 1 : SLICES * LANES];

vec4 sum_slices(vec4 sum, uint lane, uint slice) {
    if (SLICES == 1) return sum;
    slice_sum[slice * LANES + lane] = sum;
    barrier();
    if (slice == 0)
        for (uint other = 1; other < SLICES; ++other) sum += slice_sum[other * LANES + lane];
    return sum;
}

#define SUM_AND_RETURN(DY, PARTIAL, K) \
    { \
        const uint quads = (channels[K] + 3) / 4, blocks = (quads + LANES - 1) / LANES; \
        const uint mine = workgroup - first_workgroup[K], part = divide(mine, blocks); \
        const uint quad = (mine - part * blocks) * LANES + lane, readable = min(quad, quads - 1); \
        const uint begin = part * rows_per_part[K], end = min(begin + rows_per_part[K], rows[K]); \
        vec4 sum = vec4(0.0); \
        for (uint r = begin + slice; r < end; r += SLICES) sum += LOAD(DY, r * quads + readable); \
        sum = sum_slices(sum, lane, slice); \
        if (slice == 0 && quad < quads) STORE(PARTIAL, (first_part + part) * quads + quad, sum); \
        return; \
    }

void main() {
    const uint workgroup = workgroup_index(), lane = gl_LocalInvocationID.x % LANES, slice = gl_LocalInvocationID.x / LANES;
    if (workgroup >= workgroups) return;
    if (COUNT > 3) {
        if (workgroup >= first_workgroup[3]) SUM_AND_RETURN(dy3, partial3, 3)
    }
    if (COUNT > 2) {
        if (workgroup >= first_workgroup[2]) SUM_AND_RETURN(dy2, partial2, 2)
    }
    if (COUNT > 1) {
        if (workgroup >= first_workgroup[1]) SUM_AND_RETURN(dy1, partial1, 1)
    }
    SUM_AND_RETURN(dy, partial, 0)
}
