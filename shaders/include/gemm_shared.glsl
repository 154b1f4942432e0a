// GEMM skeleton "shared_memory": C[rows, columns] = A B from tiles of A and B staged in shared memory. The
// workhorse of GPUs; no subgroup operation, any subgroup size.
//
// Invocations form a grid of LANE_ROWS = WORKGROUP / LANE_QUADS by LANE_QUADS. Each accumulates ROWS rows,
// LANE_ROWS apart, of QUADS column quads, LANE_QUADS apart: neighbours read and write neighbouring addresses.
//   workgroup tile   LANE_ROWS * ROWS rows (a multiple of 4) x LANE_QUADS * QUADS quads, of which a workgroup
//                    computes gemm_row_tiles() below each other
//   dispatch         x: ceil(quads / tile quads)   y * z: at least ceil(row tiles / gemm_row_tiles());
//                    z is the part where the operator splits its sum
//   shared memory    STEPS * (tile rows + 1) + STEPS * (4 * tile quads + 1) quads of 16 bytes
//   constants        0 WORKGROUP   1 LANE_QUADS   2 ROWS   3 QUADS
//                    4 STEPS   steps (of four terms) staged at a time
// The order of a sum depends on no constant.
//
// The operator's include, before this one, defines the sizes and operands: see pointwise.glsl.

layout(constant_id = 1) const uint LANE_QUADS = 8;
layout(constant_id = 2) const uint ROWS = 8;
layout(constant_id = 3) const uint QUADS = 2;
layout(constant_id = 4) const uint STEPS = 4;
const uint LANE_ROWS = WORKGROUP / LANE_QUADS;
const uint TILE_ROWS = LANE_ROWS * ROWS;
const uint TILE_QUADS = LANE_QUADS * QUADS;
const uint A_BLOCKS = TILE_ROWS / 4 * STEPS;
const uint B_BLOCKS = TILE_QUADS * STEPS;
const uint A_FILLS = (A_BLOCKS + WORKGROUP - 1) / WORKGROUP;
const uint B_FILLS = (B_BLOCKS + WORKGROUP - 1) / WORKGROUP;
// One quad between steps keeps lanes that fill neighbouring steps out of each other's banks.
const uint A_STRIDE = TILE_ROWS + 1;
const uint B_STRIDE = 4 * TILE_QUADS + 1;

const uint AT_ONCE = GATHER_READS ? 2 : 1;  // rows whose epilogue is loaded together, of an even number; with 4 gfx1100 spills

shared vec4 a_tile[STEPS * A_STRIDE];  // [step][row], the step's four terms
shared vec4 b_tile[STEPS * B_STRIDE];  // [step][term][quad]

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint lane_row = id / LANE_QUADS, lane_quad = id % LANE_QUADS;
    const uint quad0 = gl_WorkGroupID.x * TILE_QUADS, tile0 = gemm_row_tile() * gemm_row_tiles();
    if (tile0 * TILE_ROWS >= gemm_rows()) return;

    Gathered gathered[QUADS];
    if (GATHER) {
        [[unroll]] for (uint q = 0; q < QUADS; ++q)
            gathered[q] = gather_start();
    }
    for (uint t = 0; t < gemm_row_tiles(); ++t) {
        const uint tile = tile0 + t;
        if (GATHER && tile * TILE_ROWS >= gemm_rows()) break;
        const uint row0 = tile * TILE_ROWS;
        vec4 sum[ROWS * QUADS];
        [[unroll]] for (uint q = 0; q < QUADS; ++q) {
            const vec4 start = gemm_start(min(quad0 + q * LANE_QUADS + lane_quad, gemm_quads() - 1));
            [[unroll]] for (uint r = 0; r < ROWS; ++r) sum[r * QUADS + q] = start;
        }

        const uint end = gemm_end();
        for (uint step0 = gemm_begin(); step0 < end; step0 += STEPS) {
            [[unroll]] for (uint f = 0; f < A_FILLS; ++f) {
                const uint block = f * WORKGROUP + id;
                const uint s = A_STEP_FASTEST ? block % STEPS : block / (TILE_ROWS / 4);
                const uint row = 4 * (A_STEP_FASTEST ? block / STEPS : block % (TILE_ROWS / 4));
                if (A_BLOCKS % WORKGROUP == 0 || block < A_BLOCKS) {
                    const mat4 a = a_load(a_block(row0 + row), step0 + s, 4);
                    [[unroll]] for (uint i = 0; i < 4; ++i) a_tile[s * A_STRIDE + row + i] = a[i];
                }
            }
            [[unroll]] for (uint f = 0; f < B_FILLS; ++f) {
                const uint block = f * WORKGROUP + id;
                const uint s = B_STEP_FASTEST ? block % STEPS : block / TILE_QUADS;
                const uint quad = B_STEP_FASTEST ? block / STEPS : block % TILE_QUADS;
                if (B_BLOCKS % WORKGROUP == 0 || block < B_BLOCKS) {
                    const mat4 b = b_load(min(quad0 + quad, gemm_quads() - 1), step0 + s);
                    [[unroll]] for (uint i = 0; i < 4; ++i) b_tile[s * B_STRIDE + i * TILE_QUADS + quad] = b[i];
                }
            }
            barrier();
            [[unroll]] for (uint s = 0; s < STEPS; ++s) {
                vec4 b[4 * QUADS];
                [[unroll]] for (uint i = 0; i < 4; ++i)
                    [[unroll]] for (uint q = 0; q < QUADS; ++q)
                        b[i * QUADS + q] = b_tile[s * B_STRIDE + i * TILE_QUADS + q * LANE_QUADS + lane_quad];
                [[unroll]] for (uint r = 0; r < ROWS; ++r) {
                    const vec4 a = a_tile[s * A_STRIDE + r * LANE_ROWS + lane_row];
                    [[unroll]] for (uint q = 0; q < QUADS; ++q)
                        [[unroll]] for (uint i = 0; i < 4; ++i) sum[r * QUADS + q] += a[i] * b[i * QUADS + q];
                }
            }
            barrier();
        }
        // Column by column: what is gathered of a tile then takes the registers of one.
        [[unroll]] for (uint q = 0; q < QUADS; ++q) {
            const uint quad = quad0 + q * LANE_QUADS + lane_quad;
            const uint readable = min(quad, gemm_quads() - 1);
            GatherColumn column;
            if (GATHER) column = gather_column(readable, gemm_quads());
            // What some rows read is loaded before the first branch: of all of them it would take too many registers.
            [[unroll]] for (uint first = 0; first < ROWS; first += AT_ONCE) {
                GemmInput before[AT_ONCE];
                GatherInput to_gather[AT_ONCE];
                [[unroll]] for (uint n = 0; n < AT_ONCE; ++n) {
                    const uint i = min(row0 + (first + n) * LANE_ROWS + lane_row, gemm_rows() - 1) * gemm_quads() + readable;
                    before[n] = gemm_input(i);
                    if (GATHER) to_gather[n] = gather_input(i);
                }
                [[unroll]] for (uint n = 0; n < AT_ONCE; ++n) {
                    const uint r = first + n, row = row0 + r * LANE_ROWS + lane_row;
                    if (row < gemm_rows() && quad < gemm_quads()) {
                        vec4 v = gemm_finish(before[n], quad, sum[r * QUADS + q]);
                        if (GATHER) gather(gathered[q], r == 0, to_gather[n], column, v);
                        gemm_store(row, quad, v);
                    }
                }
            }
            if (GATHER) gather_tile(gathered[q]);
        }
    }
    if (GATHER) {
        [[unroll]] for (uint q = 0; q < QUADS; ++q) {
            const uint quad = quad0 + q * LANE_QUADS + lane_quad;
            gather_write(gathered[q], Columns(quad, quad - lane_quad, lane_row, LANE_ROWS, gemm_row_tile(), quad < gemm_quads()),
                         LANE_QUADS, gemm_quads(), gemm_first_partial());
        }
        const uint tile_quads = QUADS * LANE_QUADS;
        if (MERGES) merge_gathered(columns_from(quad0, gemm_quads(), tile_quads, gemm_row_tile()), tile_quads, gemm_quads());
    }
}
