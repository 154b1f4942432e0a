// GEMM skeleton "direct": C[rows, columns] = A B, where every invocation loads what it needs. For few rows,
// where sharing A saves nothing and the terms of the sum are what there is to run in parallel; and for
// drivers on which neither shared memory nor shuffles pay.
//
// Invocations form a grid of SLICES = WORKGROUP / LANES by LANES; each accumulates ROWS rows of one column
// quad over every SLICES-th step. Slices are then added in order.
//   workgroup tile   ROWS rows x LANES quads, of which a workgroup computes gemm_row_tiles() below each other
//   dispatch         x: ceil(quads / LANES)   y * z: at least ceil(row tiles / gemm_row_tiles());
//                    z is the part where the operator splits its sum
//   shared memory    WORKGROUP * ROWS quads of 16 bytes, none where SLICES is 1
//   constants        0 WORKGROUP   1 LANES   2 ROWS (for a weight gradient a multiple of 4)   3, 4 unused
// The order of a sum depends on SLICES only.
//
// The operator's include, before this one, defines the sizes and operands: see pointwise.glsl.

layout(constant_id = 1) const uint LANES = 16;
layout(constant_id = 2) const uint ROWS = 4;
const uint SLICES = WORKGROUP / LANES;
const uint BLOCKS = (ROWS + 3) / 4;

shared vec4 slice_sum[SLICES == 1 ? 1 : SLICES * ROWS * LANES];  // [slice][row][lane]

void main() {
    const uint lane = gl_LocalInvocationID.x % LANES, slice = gl_LocalInvocationID.x / LANES;
    const uint quad = gl_WorkGroupID.x * LANES + lane;
    const uint readable_quad = min(quad, gemm_quads() - 1);
    const uint tile0 = gemm_row_tile() * gemm_row_tiles();
    if (tile0 * ROWS >= gemm_rows()) return;

    const vec4 start = slice == 0 ? gemm_start(readable_quad) : vec4(0.0);
    Gathered gathered;
    if (GATHER) gathered = gather_start();
    for (uint t = 0; t < gemm_row_tiles(); ++t) {
        const uint tile = tile0 + t;
        if (GATHER && tile * ROWS >= gemm_rows()) break;
        const uint row0 = tile * ROWS;
        ABlock block[BLOCKS];
        [[unroll]] for (uint i = 0; i < BLOCKS; ++i) block[i] = a_block(row0 + 4 * i);
        vec4 sum[ROWS];
        [[unroll]] for (uint r = 0; r < ROWS; ++r) sum[r] = start;

        const uint end = gemm_end();
        for (uint s = gemm_begin() + slice; s < end; s += SLICES) {
            const mat4 b = b_load(readable_quad, s);
            [[unroll]] for (uint i = 0; i < BLOCKS; ++i) {
                const mat4 a = a_load(block[i], s, ROWS - 4 * i);
                [[unroll]] for (uint j = 0; j < 4; ++j)
                    if (4 * i + j < ROWS)
                        sum[4 * i + j] += a[j].x * b[0] + a[j].y * b[1] + a[j].z * b[2] + a[j].w * b[3];
            }
        }
        if (SLICES == 1) {
            [[unroll]] for (uint r = 0; r < ROWS; ++r) {
                if (row0 + r < gemm_rows() && quad < gemm_quads()) {
                    vec4 v = gemm_finish(row0 + r, quad, sum[r]);
                    if (GATHER) gather(gathered, r == 0, (row0 + r) * gemm_quads() + quad, quad, gemm_quads(), v);
                    gemm_store(row0 + r, quad, v);
                }
            }
        } else {
            if (GATHER) barrier();  // the tile before has been read
            [[unroll]] for (uint r = 0; r < ROWS; ++r) slice_sum[(slice * ROWS + r) * LANES + lane] = sum[r];
            barrier();
            for (uint r = slice; r < ROWS; r += SLICES) {
                vec4 v = slice_sum[r * LANES + lane];
                for (uint other = 1; other < SLICES; ++other) v += slice_sum[(other * ROWS + r) * LANES + lane];
                if (row0 + r < gemm_rows() && quad < gemm_quads()) {
                    v = gemm_finish(row0 + r, quad, v);
                    if (GATHER) gather(gathered, r == slice, (row0 + r) * gemm_quads() + quad, quad, gemm_quads(), v);
                    gemm_store(row0 + r, quad, v);
                }
            }
        }
        if (GATHER) gather_tile(gathered);
    }
    if (GATHER)
        gather_write(gathered, Columns(quad, quad - lane, slice, SLICES, gemm_row_tile(), quad < gemm_quads()), LANES,
                     gemm_quads(), gemm_first_partial());
}
