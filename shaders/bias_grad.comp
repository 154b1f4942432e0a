#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// bias_grad: gradient of a bias, as partial sums; sum_parts adds the parts.
//   partial[first_part + p, n] = sum of dy[r, n] over the rows r of part p
//   dy       [rows][channels] tensor
//   partial  [parts][channels] fp32
// Preconditions: rows_per_part * (parts - 1) < rows.
// A workgroup sums LANES quads of columns over one part: SLICES = WORKGROUP / LANES invocations a quad take
// every SLICES-th row each and are added in order. Grid: x: ceil(quads / LANES), y: parts.
// Constants: 0 WORKGROUP   1 LANES. Shared memory: WORKGROUP quads of 16 bytes, none where SLICES is 1.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint LANES = 16;
const uint SLICES = WORKGROUP / LANES;
TENSOR_IN(0, dy)
F32_OUT(1, partial)
layout(push_constant) uniform Push { uint rows, channels, rows_per_part, first_part; };

shared vec4 slice_sum[SLICES == 1 ? 1 : SLICES * LANES];

void main() {
    const uint lane = gl_LocalInvocationID.x % LANES, slice = gl_LocalInvocationID.x / LANES;
    const uint quads = (channels + 3) / 4;
    const uint quad = gl_WorkGroupID.x * LANES + lane;
    const uint readable_quad = min(quad, quads - 1);
    const uint begin = gl_WorkGroupID.y * rows_per_part, end = min(begin + rows_per_part, rows);

    vec4 sum = vec4(0.0);
    for (uint r = begin + slice; r < end; r += SLICES) sum += LOAD(dy, r * quads + readable_quad);
    if (SLICES > 1) {
        slice_sum[slice * LANES + lane] = sum;
        barrier();
        if (slice == 0)
            for (uint other = 1; other < SLICES; ++other) sum += slice_sum[other * LANES + lane];
    }
    if (slice == 0 && quad < quads) STORE(partial, (first_part + gl_WorkGroupID.y) * quads + quad, sum);
}
