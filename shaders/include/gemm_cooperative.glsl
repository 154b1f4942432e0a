// GEMM skeleton "cooperative_matrix": C[rows, columns] = A B on matrix units, fp16 products with fp32 sums.
// What A and B are after their prologues is rounded to fp16 as it is staged in shared memory; sums pass
// through shared memory too, so that an invocation finishes whole quads.
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
const uint LANE_QUADS = N / 4;
const uint LANE_ROWS = WORKGROUP / LANE_QUADS;
const uint LANE_TILES = (TILE_ROWS + LANE_ROWS - 1) / LANE_ROWS;  // rows of a tile that an invocation finishes
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
#ifdef VKM_NATIVE_HALF
f16vec4 staged(vec4 v) { return f16vec4(v); }  // it rounds to the nearest, which is infinity there
#else
// Makes a number beyond fp16's range infinite: drivers may round it towards zero, to the largest in range.
f16vec4 staged(vec4 v) {
    const vec4 infinity = uintBitsToFloat((floatBitsToUint(v) & 0x80000000u) | 0x7f800000u);
    return f16vec4(mix(v, infinity, greaterThanEqual(abs(v), vec4(65520.0))));
}
#endif

f16vec4[4] staged(mat4 m) { return f16vec4[4](staged(m[0]), staged(m[1]), staged(m[2]), staged(m[3])); }

// Returns the four terms of four rows of A, and four terms of a quad of B.
f16vec4[4] a_stage(ABlock at, uint s) {
    if (A_COMPUTED) return staged(a_load(at, s, 4));
    return a_copy(at, s);
}
f16vec4[4] b_stage(uint quad, uint s) {
    if (B_COMPUTED) return staged(b_load(quad, s));
    return b_copy(quad, s);
}

shared f16vec4 a_tile[TILE_ROWS * A_STRIDE];  // [row][step], the step's four terms
shared f16vec4 b_tile[4 * STEPS * B_STRIDE];  // [term][quad]
shared vec4 c_tile[TILE_ROWS * LANE_QUADS];   // [row][quad], of one column of matrices

void main() {
    const uint id = gl_LocalInvocationID.x;
    const uint lane_row = id / LANE_QUADS, lane_quad = id % LANE_QUADS;
    const uint first_row = gl_SubgroupID * ROW_TILES * M;  // of the subgroup, in the tile
    const uint quad0 = gl_WorkGroupID.x * TILE_QUADS, tile0 = gemm_row_tile() * gemm_row_tiles();
    if (tile0 * TILE_ROWS >= gemm_rows()) return;

    Gathered gathered[COLUMN_TILES];
    if (GATHER) {
        [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c)
            gathered[c] = gather_start();
    }
    for (uint t = 0; t < gemm_row_tiles(); ++t) {
        const uint tile = tile0 + t;
        if (GATHER && tile * TILE_ROWS >= gemm_rows()) break;
        const uint row0 = tile * TILE_ROWS;
        coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator> sum[ROW_TILES * COLUMN_TILES];
        [[unroll]] for (uint i = 0; i < ROW_TILES * COLUMN_TILES; ++i)
            sum[i] = coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>(0.0);

        const uint end = gemm_end();
        for (uint step0 = gemm_begin(); step0 < end; step0 += STEPS) {
            [[unroll]] for (uint f = 0; f < A_FILLS; ++f) {
                const uint block = f * WORKGROUP + id;
                const uint s = A_STEP_FASTEST ? block % STEPS : block / (TILE_ROWS / 4);
                const uint row = 4 * (A_STEP_FASTEST ? block / STEPS : block % (TILE_ROWS / 4));
                if (A_BLOCKS % WORKGROUP == 0 || block < A_BLOCKS) {
                    const f16vec4 a[4] = a_stage(a_block(row0 + row), step0 + s);
                    [[unroll]] for (uint i = 0; i < 4; ++i) a_tile[(row + i) * A_STRIDE + s] = a[i];
                }
            }
            [[unroll]] for (uint f = 0; f < B_FILLS; ++f) {
                const uint block = f * WORKGROUP + id;
                const uint s = B_STEP_FASTEST ? block % STEPS : block / TILE_QUADS;
                const uint quad = B_STEP_FASTEST ? block / STEPS : block % TILE_QUADS;
                if (B_BLOCKS % WORKGROUP == 0 || block < B_BLOCKS) {
                    const f16vec4 b[4] = b_stage(min(quad0 + quad, gemm_quads() - 1), step0 + s);
                    [[unroll]] for (uint i = 0; i < 4; ++i) b_tile[(4 * s + i) * B_STRIDE + quad] = b[i];
                }
            }
            barrier();
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

        [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) {
            [[unroll]] for (uint r = 0; r < ROW_TILES; ++r)
                coopMatStore(sum[c * ROW_TILES + r], c_tile, (first_row + r * M) * LANE_QUADS, LANE_QUADS,
                             gl_CooperativeMatrixLayoutRowMajor);
            barrier();
            // What the epilogue reads is loaded before the first branch.
            const uint quad = quad0 + c * LANE_QUADS + lane_quad, readable = min(quad, gemm_quads() - 1);
            const vec4 start = gemm_start(readable);
            GatherColumn column;
            if (GATHER) column = gather_column(readable, gemm_quads());
            GemmInput before[LANE_TILES];
            GatherInput to_gather[LANE_TILES];
            [[unroll]] for (uint r = 0; r < LANE_TILES; ++r) {
                const uint in_tile = min(r * LANE_ROWS + lane_row, TILE_ROWS - 1);
                const uint i = min(row0 + in_tile, gemm_rows() - 1) * gemm_quads() + readable;
                before[r] = gemm_input(i);
                if (GATHER) to_gather[r] = gather_input(i);
            }
            [[unroll]] for (uint r = 0; r < LANE_TILES; ++r) {
                const uint in_tile = r * LANE_ROWS + lane_row, row = row0 + in_tile;
                if ((TILE_ROWS % LANE_ROWS == 0 || in_tile < TILE_ROWS) && row < gemm_rows() && quad < gemm_quads()) {
                    vec4 v = gemm_finish(before[r], quad, start + c_tile[in_tile * LANE_QUADS + lane_quad]);
                    if (GATHER) gather(gathered[c], r == 0, to_gather[r], column, v);
                    gemm_store(row, quad, v);
                }
            }
            barrier();
        }
        if (GATHER) {
            [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) gather_tile(gathered[c]);
        }
    }
    if (GATHER) {
        [[unroll]] for (uint c = 0; c < COLUMN_TILES; ++c) {
            const uint quad = quad0 + c * LANE_QUADS + lane_quad;
            gather_write(gathered[c], Columns(quad, quad - lane_quad, lane_row, LANE_ROWS, gemm_row_tile(), quad < gemm_quads()),
                         LANE_QUADS, gemm_quads(), gemm_first_partial());
        }
        if (MERGES) merge_gathered(columns_from(quad0, gemm_quads(), TILE_QUADS, gemm_row_tile()), TILE_QUADS, gemm_quads());
    }
}
#endif
