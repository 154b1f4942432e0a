// The kernels that measure matrix units. A kernel defines, and says in its contract:
//   OPERAND, SUM              component types of the operands and of the sums
//   OPERANDS, SUMS            elements of the buffers that hold them
//   PER_OPERANDS, PER_SUMS    how many components lie in one such element
// For every subgroup s,
//   y[s] = ROWS * turns * (sum of a[i], i < ROWS) * (sum of b[j], j < COLUMNS),
// in ROWS * COLUMNS independent accumulators.
//   0 a [ROWS, M, K], 1 b [COLUMNS, K, N]   operands
//   2 y [subgroups, M, N]                   sums
// A subgroup does 2 * M * N * K * ROWS * COLUMNS * ROWS * turns operations, on operands that stay in
// registers. In every turn each accumulator meets each a, then the b change places. So no product is the same
// in all turns, and none is left out. This costs two copies in ROWS * COLUMNS * ROWS products.
// Preconditions: M, N, K are a subgroup-scope shape of the device for these types; the workgroup is a
// multiple of the pinned subgroup.
// Constants: 0 workgroup, 1 M, 2 N, 3 K.
#include "index.glsl"
#ifndef FIRST_TURN
#define FIRST_TURN 0  // a test leaves the first one out, and has to be caught
#endif
layout(constant_id = 1) const uint M = 16;
layout(constant_id = 2) const uint N = 16;
layout(constant_id = 3) const uint K = 16;
const uint ROWS = 4, COLUMNS = 2;

layout(std430, binding = 0) readonly buffer A { OPERANDS a[]; };
layout(std430, binding = 1) readonly buffer B { OPERANDS b[]; };
layout(std430, binding = 2) writeonly buffer Y { SUMS y[]; };
layout(push_constant) uniform Push { uint turns; };

#ifdef VKM_DECLARATIONS
void main() {}
#else
void main() {
    coopmat<OPERAND, gl_ScopeSubgroup, M, K, gl_MatrixUseA> left[ROWS];
    coopmat<OPERAND, gl_ScopeSubgroup, K, N, gl_MatrixUseB> right[COLUMNS];
    coopmat<SUM, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator> sums[ROWS * COLUMNS];
    [[unroll]] for (uint i = 0; i < ROWS; ++i)
        coopMatLoad(left[i], a, i * M * K / PER_OPERANDS, K / PER_OPERANDS, gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0; j < COLUMNS; ++j)
        coopMatLoad(right[j], b, j * K * N / PER_OPERANDS, N / PER_OPERANDS, gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint c = 0; c < ROWS * COLUMNS; ++c)
        sums[c] = coopmat<SUM, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>(SUM(0));

    for (uint t = FIRST_TURN; t < turns; ++t) {
        [[unroll]] for (uint r = 0; r < ROWS; ++r)
            [[unroll]] for (uint i = 0; i < ROWS; ++i)
                [[unroll]] for (uint j = 0; j < COLUMNS; ++j)
                    sums[i * COLUMNS + j] = coopMatMulAdd(left[(i + r) % ROWS], right[j], sums[i * COLUMNS + j]);
        coopmat<OPERAND, gl_ScopeSubgroup, K, N, gl_MatrixUseB> first = right[0];
        [[unroll]] for (uint j = 0; j + 1 < COLUMNS; ++j) right[j] = right[j + 1];
        right[COLUMNS - 1] = first;
    }

    [[unroll]] for (uint c = 1; c < ROWS * COLUMNS; ++c) sums[0] += sums[c];
    uint subgroup = workgroup_index() * gl_NumSubgroups + gl_SubgroupID;
    coopMatStore(sums[0], y, subgroup * M * N / PER_SUMS, N / PER_SUMS, gl_CooperativeMatrixLayoutRowMajor);
}
#endif
