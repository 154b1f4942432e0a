// GEMM skeleton "cooperative_matrix": C[rows, columns] = A B on matrix units, fp16 products with fp32 sums.
// What A and B are after their prologues is rounded to fp16 as it is staged in shared memory; sums pass
// through shared memory too, so that an invocation finishes whole quads. What is staged next waits in registers meanwhile.
//
// What is read as it is stored is staged as it is. What a prologue makes of its operand and fp16 cannot hold is staged as an
// infinity of its sign, on every device, as if it had been stored as a tensor: all sums with it are infinite or NaN, and in mixed precision
// the step is skipped. An input gradient whose dY overflows so hands that on; the weight gradient of the
// layer forms the same dY and overflows with it.
//
// The workgroup's subgroups lie below each other. Each accumulates ROW_TILES by COLUMN_TILES matrices, M x N.
//   workgroup tile   subgroups * ROW_TILES * M rows (a multiple of 4) x COLUMN_TILES * N / 4 quads, of which
//                    a workgroup computes gemm_row_tiles() below each other
//   dispatch         x: ceil(quads / tile quads)   y * z: at least ceil(row tiles / gemm_row_tiles());
//                    z is the part where the operator splits its sum
//   shared memory    8 (tile rows * (STEPS + 2) + 4 STEPS (tile quads + 2)) + 4 tile rows * N bytes,
//                    and what gather_write takes
//   constants        0 WORKGROUP   a multiple of LANES
//                    1 LANES       of a subgroup, pinned
//                    2 SHAPE       M | N << 8 | K << 16, of the device's list, each a multiple of 4
//                    3 TILES       ROW_TILES | COLUMN_TILES << 8
//                    4 STEPS       steps (of four terms) staged at a time, an even multiple of K / 4
// The order of a sum depends on K and on the device.
//
// The operator's include, before this one, defines the sizes and operands: see pointwise.glsl.

layout(constant_id = 1) const uint LANES = 32;
layout(constant_id = 2) const uint SHAPE = 16 | 16 << 8 | 16 << 16;
layout(constant_id = 3) const uint TILES = 2 | 2 << 8;
layout(constant_id = 4) const uint STEPS = 8;
const uint M = SHAPE & 255, N = SHAPE >> 8 & 255, K = SHAPE >> 16;
const uint ROW_TILES = TILES & 255, COLUMN_TILES = TILES >> 8;
const uint TILE_ROWS = WORKGROUP / LANES * ROW_TILES * M;
const uint SUBGROUP_ROWS = ROW_TILES * M;
const uint LANE_QUADS = N / 4;
const uint LANE_ROWS = LANES / LANE_QUADS;
const uint LANE_TILES = (SUBGROUP_ROWS + LANE_ROWS - 1) / LANE_ROWS;  // rows of a tile that an invocation finishes
const uint TILE_QUADS = COLUMN_TILES * LANE_QUADS;
const uint A_BLOCKS = TILE_ROWS / 4 * STEPS;
const uint B_BLOCKS = TILE_QUADS * STEPS;
const uint A_FILLS = (A_BLOCKS + WORKGROUP - 1) / WORKGROUP;
const uint B_FILLS = (B_BLOCKS + WORKGROUP - 1) / WORKGROUP;
// Rows begin at multiples of 16 bytes, as loads of matrices must, and in different banks.
const uint A_STRIDE = STEPS + 2;
const uint B_STRIDE = TILE_QUADS + 2;

#ifdef VKM_DECLARATIONS
void main() {}
#else
shared f16vec4 a_tile[TILE_ROWS * A_STRIDE];  // [row][step], the step's four terms
shared f16vec4 b_tile[4 * STEPS * B_STRIDE];  // [term][quad]
shared vec4 c_tile[TILE_ROWS * LANE_QUADS];   // [row][quad], of one column of matrices

// Which terms of A and of B an invocation brings: its f-th block of 4 rows (or quads) and 4 terms.
struct Block { uint along, step; };  // along: row or quad, in the tile
Block a_block_of(uint f) {
    const uint block = min(f * WORKGROUP + INVOCATION, A_BLOCKS - 1);
    if (!A_STEP_FASTEST) return Block(4 * (block % (TILE_ROWS / 4)), block / (TILE_ROWS / 4));
    // Written so that compilers see that it is the same step for every f, where it is.
    return Block(4 * (block / STEPS), WORKGROUP % STEPS == 0 ? INVOCATION % STEPS : block % STEPS);
}
Block b_block_of(uint f) {
    const uint block = min(f * WORKGROUP + INVOCATION, B_BLOCKS - 1);
    return B_STEP_FASTEST ? Block(block / STEPS, block % STEPS) : Block(block % TILE_QUADS, block / TILE_QUADS);
}

Block a_of[A_FILLS], b_of[B_FILLS];
AFetched a_next[A_FILLS];
BFetched b_next[B_FILLS];

void fetch_a(uint row0, uint step0) {
    [[unroll]] for (uint f = 0; f < A_FILLS; ++f) {
        a_next[f] = a_fetch(a_block(row0 + a_of[f].along), step0 + a_of[f].step);
    }
}
void fetch_b(uint quad0, uint step0) {
    [[unroll]] for (uint f = 0; f < B_FILLS; ++f) {
        b_next[f] = b_fetch(min(quad0 + b_of[f].along, gemm_quads() - 1), step0 + b_of[f].step);
    }
}

void stage_a() {
    [[unroll]] for (uint f = 0; f < A_FILLS; ++f) {
        if (A_BLOCKS % WORKGROUP == 0 || f * WORKGROUP + INVOCATION < A_BLOCKS) {
            const f16vec4 a[4] = a_make(a_next[f]);
            [[unroll]] for (uint i = 0; i < 4; ++i) a_tile[(a_of[f].along + i) * A_STRIDE + a_of[f].step] = a[i];
        }
    }
}
void stage_b() {
    [[unroll]] for (uint f = 0; f < B_FILLS; ++f) {
        if (B_BLOCKS % WORKGROUP == 0 || f * WORKGROUP + INVOCATION < B_BLOCKS) {
            const f16vec4 b[4] = b_make(b_next[f]);
            [[unroll]] for (uint i = 0; i < 4; ++i) b_tile[(4 * b_of[f].step + i) * B_STRIDE + b_of[f].along] = b[i];
        }
    }
}

// Makes what the invocations of a subgroup have written to shared memory visible to each other.
void subgroup_meets() { controlBarrier(gl_ScopeSubgroup, gl_ScopeSubgroup, gl_StorageSemanticsShared, gl_SemanticsAcquireRelease); }

void main() {
    const uint id = INVOCATION, lane = gl_SubgroupInvocationID;
    const uint lane_row = lane / LANE_QUADS, lane_quad = lane % LANE_QUADS;
    const uint first_row = gl_SubgroupID * SUBGROUP_ROWS;  // of the subgroup, in the tile
    const uint quad0 = gl_WorkGroupID.x * TILE_QUADS, tile0 = gemm_row_tile() * gemm_row_tiles();
    if (tile0 * TILE_ROWS >= gemm_rows()) return;

    Gathered gathered[COLUMN_TILES];
    if (GATHER) {
        [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c)
            gathered[c] = gather_start();
    }
    [[unroll]] for (uint f = 0; f < A_FILLS; ++f) a_of[f] = a_block_of(f);
    [[unroll]] for (uint f = 0; f < B_FILLS; ++f) b_of[f] = b_block_of(f);
    // What is staged next is fetched before the products of what is staged now, and before what becomes of them.
    const uint begin = gemm_begin(), end = gemm_end();
    if (PREFETCH) {
        fetch_a(tile0 * TILE_ROWS, begin);
        fetch_b(quad0, begin);
    }
    for (uint t = 0; t < gemm_row_tiles(); ++t) {
        const uint tile = tile0 + t;
        if (GATHER && tile * TILE_ROWS >= gemm_rows()) break;
        const uint row0 = tile * TILE_ROWS;
        coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator> sum[ROW_TILES * COLUMN_TILES];
        [[unroll]] for (uint i = 0; i < ROW_TILES * COLUMN_TILES; ++i)
            sum[i] = coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>(0.0);

        for (uint step0 = begin; step0 < end; step0 += STEPS) {
            if (!PREFETCH) {
                fetch_a(row0, step0);
                fetch_b(quad0, step0);
            }
            stage_a();
            stage_b();
            barrier();
            const bool last = step0 + STEPS >= end;  // of this tile
            const uint next_step = last ? begin : step0 + STEPS, next_row = last ? row0 + TILE_ROWS : row0;
            // The tile behind the last one is another workgroup's.
            if (PREFETCH && (!last || (t + 1 < gemm_row_tiles() && next_row < gemm_rows()))) {
                fetch_a(next_row, next_step);
                fetch_b(quad0, next_step);
            }
            [[unroll]] for (uint s = 0; s < STEPS; s += K / 4) {
                coopmat<float16_t, gl_ScopeSubgroup, M, K, gl_MatrixUseA> a[ROW_TILES];
                [[unroll]] for (uint r = 0; r < ROW_TILES; ++r)
                    coopMatLoad(a[r], a_tile, (first_row + r * M) * A_STRIDE + s, A_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
                [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) {
                    coopmat<float16_t, gl_ScopeSubgroup, K, N, gl_MatrixUseB> b;
                    coopMatLoad(b, b_tile, 4 * s * B_STRIDE + c * LANE_QUADS, B_STRIDE, gl_CooperativeMatrixLayoutRowMajor);
                    [[unroll]] for (uint r = 0; r < ROW_TILES; ++r)
                        sum[c * ROW_TILES + r] = coopMatMulAdd(a[r], b, sum[c * ROW_TILES + r]);
                }
            }
            barrier();
        }

        // A subgroup finishes what it has multiplied, and waits for no other one.
        [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) {
            [[unroll]] for (uint r = 0; r < ROW_TILES; ++r)
                coopMatStore(sum[c * ROW_TILES + r], c_tile, (first_row + r * M) * LANE_QUADS, LANE_QUADS,
                             gl_CooperativeMatrixLayoutRowMajor);
            subgroup_meets();
            // What the epilogue reads is loaded before the first branch.
            const uint quad = quad0 + c * LANE_QUADS + lane_quad, readable = min(quad, gemm_quads() - 1);
            const vec4 start = gemm_start(readable);
            GatherColumn column;
            if (GATHER) column = gather_column(readable, gemm_quads());
            GemmInput before[LANE_TILES];
            GatherInput to_gather[LANE_TILES];
            [[unroll]] for (uint r = 0; r < LANE_TILES; ++r) {
                const uint in_tile = first_row + min(r * LANE_ROWS + lane_row, SUBGROUP_ROWS - 1);
                const uint i = min(row0 + in_tile, gemm_rows() - 1) * gemm_quads() + readable;
                before[r] = gemm_input(i);
                if (GATHER) to_gather[r] = gather_input(i);
            }
            [[unroll]] for (uint r = 0; r < LANE_TILES; ++r) {
                const uint in_subgroup = r * LANE_ROWS + lane_row, in_tile = first_row + in_subgroup, row = row0 + in_tile;
                if ((SUBGROUP_ROWS % LANE_ROWS == 0 || in_subgroup < SUBGROUP_ROWS) && row < gemm_rows() && quad < gemm_quads()) {
                    vec4 v = gemm_finish(before[r], quad, start + c_tile[in_tile * LANE_QUADS + lane_quad]);
                    if (GATHER) gather(gathered[c], r == 0, to_gather[r], column, v);
                    gemm_store(row, quad, v);
                }
            }
            subgroup_meets();
        }
        if (GATHER) {
            [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) gather_tile(gathered[c]);
        }
    }
    if (GATHER) {
        [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) {
            const uint quad = quad0 + c * LANE_QUADS + lane_quad;
            gather_write(gathered[c], Columns(quad, quad - lane_quad, id / LANE_QUADS, WORKGROUP / LANE_QUADS, gemm_row_tile(), quad < gemm_quads()),
                         LANE_QUADS, gemm_quads(), gemm_first_partial());
        }
        if (MERGES) merge_gathered(columns_from(quad0, gemm_quads(), TILE_QUADS, gemm_row_tile()), TILE_QUADS, gemm_quads());
    }
}
#endif
