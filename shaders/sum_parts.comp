#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: load
// sum_parts: totals of partial results, for sums that were split into parts. Many sums a dispatch: of sum s
//   y[first_total + i] = sum over p of partial[first_partial + p quads + i]     for i < quads, p < parts
//   0 partial  fp32 quads
//   1 y        fp32 quads; may not overlap partial
//   2 sums     a row a sum: see below
// Constants: 0 workgroup, a power of two   1 UNROLLED, loads that are issued together.
// A workgroup works on one sum. Its invocations form `strands`, a power of two, which take the parts in turns, and are
// added up in a tree. With one strand the parts are added in their order.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint UNROLLED = 8;
F32_IN(0, partial)
F32_OUT(1, y)
struct Sum {
    uint first_workgroup, first_partial, first_total, quads;
    uint parts, strands, unused0, unused1;
};
layout(set = 0, binding = 2, std430) restrict readonly buffer Sums { Sum sums[]; };
layout(push_constant) uniform Push { uint count, workgroups; };

shared vec4 scratch[WORKGROUP];

void main() {
    const uint group = workgroup_index(), id = gl_LocalInvocationID.x;
    if (group >= workgroups) return;
    uint mine = 0, behind = count;  // the last sum that begins no later than this workgroup
    while (behind - mine > 1) {
        const uint middle = (mine + behind) / 2;
        if (sums[middle].first_workgroup <= group) mine = middle;
        else behind = middle;
    }
    const Sum sum = sums[mine];
    const uint lanes = WORKGROUP / sum.strands, strand = id / lanes;
    const uint quad = (group - sum.first_workgroup) * lanes + (id & (lanes - 1)), readable = min(quad, sum.quads - 1);
    const uint at = sum.first_partial + readable;
    vec4 total = only_if(strand < sum.parts, LOAD(partial, at + min(strand, sum.parts - 1) * sum.quads));
    for (uint p = strand + sum.strands; p < sum.parts; p += UNROLLED * sum.strands) {
        vec4 part[UNROLLED];
        [[unroll]] for (uint u = 0; u < UNROLLED; ++u)
            part[u] = LOAD(partial, at + min(p + u * sum.strands, sum.parts - 1) * sum.quads);
        [[unroll]] for (uint u = 0; u < UNROLLED; ++u) total += only_if(p + u * sum.strands < sum.parts, part[u]);
    }
    if (sum.strands > 1) {
        scratch[id] = total;
        barrier();
        for (uint step = sum.strands / 2; step > 0; step /= 2) {
            if (strand < step) scratch[id] += scratch[id + step * lanes];
            barrier();
        }
        total = scratch[id];
    }
    if (strand == 0 && quad < sum.quads) STORE(y, sum.first_total + quad, total);
}
