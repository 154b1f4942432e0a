// GEMM skeleton "shuffle": C[rows, columns] = A B, where the lanes of a cluster each load another part of A
// and hand it round by subgroupShuffle, and each load their own columns of B. No shared memory, no barrier.
//
// An invocation accumulates ROWS rows of one column quad. The clusters of a workgroup lie below each other.
//   workgroup tile   WORKGROUP / CLUSTER * ROWS rows x CLUSTER quads, of which a workgroup computes
//                    gemm_row_tiles() below each other
//   dispatch         x: ceil(quads / CLUSTER)   y * z: at least ceil(row tiles / gemm_row_tiles());
//                    z is the part where the operator splits its sum
//   constants        0 WORKGROUP   a multiple of SUBGROUP
//                    1 SUBGROUP    the pinned subgroup size, a multiple of CLUSTER
//                    2 CLUSTER     4, 8, 16, …
//                    3 ROWS        any; for a weight gradient a multiple of CLUSTER
//                    4             unused
// A step is four terms of the sum; they are added up before they meet the accumulator. The order of a sum
// depends on neither constants nor subgroup size.
//
// The operator's include, before this one, defines the sizes and operands: see pointwise.glsl.

layout(constant_id = 1) const uint SUBGROUP = 8;
layout(constant_id = 2) const uint CLUSTER = 8;
layout(constant_id = 3) const uint ROWS = 16;
const uint SHARES = (ROWS + CLUSTER - 1) / CLUSTER;  // quads of A a lane loads in a step

void main() {
    const uint lane = gl_SubgroupInvocationID % CLUSTER;
    // A cluster that is a whole subgroup has the constant 0 as first lane: shuffles from there are cheap.
    const uint first = SUBGROUP == CLUSTER ? 0u : gl_SubgroupInvocationID - lane;
    const uint clusters = WORKGROUP / CLUSTER, cluster = gl_LocalInvocationID.x / CLUSTER;
    const uint quad = gl_WorkGroupID.x * CLUSTER + lane;
    const uint readable_quad = min(quad, gemm_quads() - 1);
    const uint tile0 = gemm_row_tile() * gemm_row_tiles();
    if (tile0 * clusters * ROWS >= gemm_rows()) return;

    const vec4 start = gemm_start(readable_quad);
    Gathered gathered;
    if (GATHER) gathered = gather_start();
    for (uint t = 0; t < gemm_row_tiles(); ++t) {
        const uint tile = tile0 + t;
        if (GATHER && tile * clusters * ROWS >= gemm_rows()) break;
        const uint row0 = (tile * clusters + cluster) * ROWS;
        ALane share[SHARES];
        [[unroll]] for (uint h = 0; h < SHARES; ++h) share[h] = a_lane(row0 + h * CLUSTER, lane);
        vec4 sum[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; ++r) sum[r] = start;

        const uint end = gemm_end();
        for (uint s = gemm_begin(); s < end; ++s) {
            const mat4 b = b_load(readable_quad, s);
            [[unroll]] for (uint h = 0; h < SHARES; ++h) {
                const vec4 a = a_load_lane(share[h], s);
                [[unroll]] for (uint i = 0; i < CLUSTER; ++i) {
                    const uint r = h * CLUSTER + i;
                    if (r < ROWS)
                        sum[r] += A_TERM(a, first, i, 0) * b[0] + A_TERM(a, first, i, 1) * b[1] +
                                  A_TERM(a, first, i, 2) * b[2] + A_TERM(a, first, i, 3) * b[3];
                }
            }
        }
        // Finished out of the branches, so that loads overlap.
        [[unroll]] for (uint r = 0; r < ROWS; ++r)
            sum[r] = gemm_finish(min(row0 + r, gemm_rows() - 1), readable_quad, sum[r]);
        if (quad < gemm_quads()) {
            [[unroll]] for (uint r = 0; r < ROWS; ++r) {
                if (row0 + r < gemm_rows()) {
                    if (GATHER) gather(gathered, r == 0, (row0 + r) * gemm_quads() + quad, quad, gemm_quads(), sum[r]);
                    gemm_store(row0 + r, quad, sum[r]);
                }
            }
        }
        if (GATHER) gather_tile(gathered);
    }
    if (GATHER)
        gather_write(gathered, Columns(quad, quad - lane, cluster, clusters, gemm_row_tile(), quad < gemm_quads()), CLUSTER,
                     gemm_quads(), gemm_first_partial());
}
