// Operands of the pointwise convolution for the GEMM skeletons (gemm_*.glsl). Every skeleton computes
//     C[row, 4 quad + j] = sum over steps s and t < 4 of A[row, 4 s + t] * B[4 s + t, 4 quad + j]
// and takes from an include like this one
//   gemm_rows(), gemm_quads()       size of C
//   gemm_row_tile(), gemm_row_tiles()   the workgroup's tiles of rows are gemm_row_tiles() many, from
//                                   gemm_row_tile() * gemm_row_tiles() on
//   gemm_begin(), gemm_end()        the steps to sum
//   ABlock a_block(row)             where rows row … row + 3 of A are
//   mat4   a_load(block, s, count)  [i] = the four terms of row + i for i < count; zero from gemm_end() on
//   ALane  a_lane(row, lane)        where a lane's share of the CLUSTER rows from row is
//   vec4   a_load_lane(share, s)    that share for s < gemm_end()
//   A_TERM(a, first, i, t)          term t of the cluster's row i, from the lanes' shares;
//                                   first is the cluster's first lane
//   mat4   b_load(quad, s)          [t] = B[4 s + t, quad]; anything finite from gemm_end() on
//   AFetched a_fetch(block, s), f16vec4[4] a_make(fetched)   the same in two steps, what memory has and what becomes of it, so
//                                   that something else can be done until it is there (gemm_cooperative.glsl only)
//   BFetched b_fetch(quad, s), f16vec4[4] b_make(fetched)
//   PREFETCH                        whether what memory has is fetched a step before it is staged (gemm_cooperative.glsl only)
//   A_STEP_FASTEST, B_STEP_FASTEST  whether neighbouring steps (else rows, quads) are neighbours in memory
//   vec4   gemm_start(quad)         what the sums of a column start from
//   vec4   gemm_finish(row, quad, v)  what becomes of a sum
//   GemmInput gemm_input(i), vec4 gemm_finish(input, quad, v)   the same with what it reads loaded before; i is the
//                                   index in C
//   gemm_store(row, quad, v)        writes it
//   GATHER, Gathered, gather*       what becomes of all that is stored in a column: statistics_epilogue.glsl,
//                                 gradient_epilogue.glsl, gather_nothing.glsl
//   MERGES, merge_gathered          whether and how the last workgroup merges that
//   gemm_first_partial()            where the dispatch's partial results of that start
// Rows, quads and steps beyond the end are read at the nearest address there is and contribute nothing.
#include "index.glsl"
#include "tensor.glsl"

TENSOR_IN(0, x)
TENSOR_IN(1, w)
TENSOR_OUT(2, y)
#define EPILOGUE_BIAS_BINDING 3
#define EPILOGUE_RESIDUAL_BINDING 4
#define PROLOGUE_SCALE_BINDING 5
#define PROLOGUE_NORMALISATION F32_BUFFER_IN(6, normalisation)
#define EPILOGUE_ACTIVATION_CONSTANT 5
#define EPILOGUE_BIAS_CONSTANT 6
#define EPILOGUE_RESIDUAL_CONSTANT 7
#define PROLOGUE_SCALE_CONSTANT 8
#define PROLOGUE_NORMALISE_CONSTANT 9
#define PROLOGUE_ACTIVATION_CONSTANT 10
#define STATISTICS_BINDING 7
#define STATISTICS_CONSTANT 11
#include "merge_push.glsl"
layout(push_constant) uniform Push { uint rows, in_channels, out_channels, rows_per_image, row_tiles, first_partial; MERGE_PUSH };
#include "epilogue.glsl"
#include "prologue.glsl"
#include "statistics_epilogue.glsl"

#define PREFETCH true
#define A_STEP_FASTEST true
#define B_STEP_FASTEST false
#define A_TERM(A, FIRST, I, T) subgroupShuffle(A[T], FIRST + I)

uint gemm_rows() { return rows; }
uint gemm_quads() { return (out_channels + 3) / 4; }
uint gemm_row_tile() { return gl_WorkGroupID.z * gl_NumWorkGroups.y + gl_WorkGroupID.y; }
uint gemm_row_tiles() { return GATHER ? row_tiles : 1; }
uint gemm_first_partial() { return first_partial; }
uint gemm_begin() { return 0; }
uint gemm_end() { return (in_channels + 3) / 4; }

struct ALane { uint start, scale; };
struct ABlock { ALane row[4]; };

ALane a_row(uint row) {
    const uint readable = min(row, rows - 1);
    return ALane(readable * gemm_end(), SCALE ? readable / rows_per_image * gemm_end() : 0u);
}

ALane a_lane(uint row, uint lane) { return a_row(row + lane); }

vec4 a_quad(Normalisation normalisation, ALane at, uint s) {
    return channel_scale(normalise(normalisation, LOAD(x, at.start + s)), at.scale + s);
}

vec4 a_load_lane(ALane at, uint s) { return a_quad(normalisation_of(s, gemm_end()), at, s); }

ABlock a_block(uint row) { return ABlock(ALane[4](a_row(row), a_row(row + 1), a_row(row + 2), a_row(row + 3))); }

mat4 a_load(ABlock at, uint s, uint count) {
    const bool valid = s < gemm_end();
    const uint readable = valid ? s : 0;
    const Normalisation normalisation = normalisation_of(readable, gemm_end());
    mat4 a = mat4(0.0);
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        if (i < count) a[i] = only_if(valid, a_quad(normalisation, at.row[i], readable));
    }
    return a;
}

mat4 b_load(uint quad, uint s) {
    const uint stride = gemm_quads(), at = 4 * min(s, gemm_end() - 1) * stride + quad;
    return mat4(LOAD(w, at), LOAD(w, at + stride), LOAD(w, at + 2 * stride), LOAD(w, at + 3 * stride));
}

#ifdef VKM_HALF_ARITHMETIC
struct AFetched { f16vec4 x[4], scale[4]; Normalisation normalisation; bool valid; };
AFetched a_fetch(ABlock at, uint s) {
    AFetched a;
    a.valid = s < gemm_end();
    const uint readable = a.valid ? s : 0;
    [[unroll]] for (uint i = 0; i < 4; ++i) a.x[i] = LOAD_HALF(x, at.row[i].start + readable);
    if (SCALE) {
        [[unroll]] for (uint i = 0; i < 4; ++i) a.scale[i] = LOAD_HALF(scale, at.row[i].scale + readable);
    }
    a.normalisation = normalisation_of(readable, gemm_end());
    return a;
}

f16vec4 a_made(AFetched a, uint i) {
    if (!NORMALISE && !SCALE) return a.x[i];
    vec4 v = normalise(a.normalisation, vec4(a.x[i]));
    if (SCALE) v *= vec4(a.scale[i]);
    return half_of(v);
}
f16vec4[4] a_make(AFetched a) {
    return f16vec4[4](only_if(a.valid, a_made(a, 0)), only_if(a.valid, a_made(a, 1)), only_if(a.valid, a_made(a, 2)),
                      only_if(a.valid, a_made(a, 3)));
}

struct BFetched { f16vec4 w[4]; };
BFetched b_fetch(uint quad, uint s) {
    const uint stride = gemm_quads(), at = 4 * min(s, gemm_end() - 1) * stride + quad;
    return BFetched(f16vec4[4](LOAD_HALF(w, at), LOAD_HALF(w, at + stride), LOAD_HALF(w, at + 2 * stride), LOAD_HALF(w, at + 3 * stride)));
}
f16vec4[4] b_make(BFetched b) { return b.w; }
#endif

vec4 gemm_start(uint quad) { return epilogue_start(quad); }

#define GemmInput EpilogueInput
GemmInput gemm_input(uint i) { return epilogue_input(i); }
vec4 gemm_finish(GemmInput given, uint quad, vec4 v) { return epilogue(v, given, quad, out_channels); }
vec4 gemm_finish(uint row, uint quad, vec4 v) { return gemm_finish(gemm_input(row * gemm_quads() + quad), quad, v); }

void gemm_store(uint row, uint quad, vec4 v) { STORE(y, row * gemm_quads() + quad, v); }
