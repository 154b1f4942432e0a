// Operands of the pointwise convolution's weight gradient for the GEMM skeletons: A = the transpose of X,
// B = dY, summed over the rows of one part.
// See pointwise.glsl for what each name means; a step is four rows of X and dY here.
#include "tensor.glsl"

TENSOR_IN(0, x)
TENSOR_IN(1, dy)
F32_OUT(2, partial)
#define PROLOGUE_NORMALISATION F32_BUFFER_IN(3, normalisation)
#define PROLOGUE_SCALE_BINDING 4
#define PROLOGUE_NORMALISE_CONSTANT 5
#define PROLOGUE_ACTIVATION_CONSTANT 6
#define PROLOGUE_SCALE_CONSTANT 7
#include "gather_nothing.glsl"
#include "index.glsl"
#define GRADIENT_BINDING 5
#define GRADIENT_CONSTANT 8
#include "gradient_prologue.glsl"
#include "prologue.glsl"
layout(push_constant) uniform Push { uint rows, in_channels, out_channels, rows_per_part, first_part, rows_per_image; };

// Steps are many and short, so that what waits in registers takes more than it saves (bench/NOTES.md).
#define PREFETCH false
#define A_STEP_FASTEST false
#define B_STEP_FASTEST false
// A lane holds one of the four terms of four rows: lanes 0 … 3 of rows 0 … 3, lanes 4 … 7 of rows 4 … 7.
#define A_TERM(A, FIRST, I, T) subgroupShuffle(A[I % 4], FIRST + I / 4 * 4 + T)

uint in_quads() { return (in_channels + 3) / 4; }
uint gemm_rows() { return 4 * in_quads(); }
uint gemm_quads() { return (out_channels + 3) / 4; }
uint gemm_row_tile() { return gl_WorkGroupID.y; }
uint gemm_row_tiles() { return 1; }
uint gemm_first_partial() { return 0; }
uint end_row() { return min((gl_WorkGroupID.z + 1) * rows_per_part, rows); }
uint gemm_begin() { return gl_WorkGroupID.z * rows_per_part / 4; }
uint gemm_end() { return (end_row() + 3) / 4; }

struct ABlock { uint quad; Normalisation normalisation; };
struct ALane { ABlock block; uint term; };

ABlock a_block(uint row) {
    const uint quad = min(row / 4, in_quads() - 1);
    return ABlock(quad, normalisation_of(quad, in_quads()));
}

ALane a_lane(uint row, uint lane) { return ALane(a_block(row + lane / 4 * 4), lane % 4); }

vec4 a_quad(ABlock at, uint row) {
    const bool valid = row < end_row();
    const uint readable = valid ? row : 0;
    const vec4 v = normalise(at.normalisation, LOAD(x, readable * in_quads() + at.quad));
    return only_if(valid, channel_scale(v, (SCALE ? divide(readable, rows_per_image) : 0u) * in_quads() + at.quad));
}

vec4 a_load_lane(ALane at, uint s) { return a_quad(at.block, 4 * s + at.term); }

mat4 a_load(ABlock at, uint s, uint count) {
    return transpose(mat4(a_quad(at, 4 * s), a_quad(at, 4 * s + 1), a_quad(at, 4 * s + 2), a_quad(at, 4 * s + 3)));
}

vec4 b_quad(GradientForm form, uint quad, uint row) {
    const uint i = min(row, rows - 1) * gemm_quads() + quad;
    return form_gradient(form, LOAD(dy, i), i);
}

mat4 b_load(uint quad, uint s) {
    const GradientForm form = gradient_form_of(quad, gemm_quads());
    return mat4(b_quad(form, quad, 4 * s), b_quad(form, quad, 4 * s + 1), b_quad(form, quad, 4 * s + 2),
                b_quad(form, quad, 4 * s + 3));
}

#ifdef VKM_HALF_ARITHMETIC
struct AFetched { f16vec4 x[4], scale[4]; Normalisation normalisation; uint row; };
AFetched a_fetch(ABlock at, uint s) {
    AFetched a;
    a.row = 4 * s;
    a.normalisation = at.normalisation;
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const uint row = 4 * s + i, readable = row < end_row() ? row : 0;
        a.x[i] = LOAD_HALF(x, readable * in_quads() + at.quad);
        if (SCALE) a.scale[i] = LOAD_HALF(scale, divide(readable, rows_per_image) * in_quads() + at.quad);
    }
    return a;
}

f16vec4 a_made(AFetched a, uint i) {
    f16vec4 made = a.x[i];
    if (NORMALISE || SCALE) {
        vec4 v = normalise(a.normalisation, vec4(a.x[i]));
        if (SCALE) v *= vec4(a.scale[i]);
        made = half_of(v);
    }
    return only_if(a.row + i < end_row(), made);
}
f16vec4[4] a_make(AFetched a) { return transposed(a_made(a, 0), a_made(a, 1), a_made(a, 2), a_made(a, 3)); }

struct BFetched { f16vec4 dy[4], y[4]; GradientForm form; };
BFetched b_fetch(uint quad, uint s) {
    BFetched b;
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const uint at = min(4 * s + i, rows - 1) * gemm_quads() + quad;
        b.dy[i] = LOAD_HALF(dy, at);
        if (FORM_GRADIENT) b.y[i] = LOAD_HALF(y, at);
    }
    b.form = gradient_form_of(quad, gemm_quads());
    return b;
}

f16vec4 b_made(BFetched b, uint i) {
    if (!FORM_GRADIENT) return b.dy[i];
    return half_of(form_gradient(b.form, vec4(b.dy[i]), vec4(b.y[i])));
}
f16vec4[4] b_make(BFetched b) { return f16vec4[4](b_made(b, 0), b_made(b, 1), b_made(b, 2), b_made(b, 3)); }
#endif

vec4 gemm_start(uint quad) { return vec4(0.0); }

struct GemmInput { uint nothing; };
GemmInput gemm_input(uint i) { return GemmInput(0u); }
vec4 gemm_finish(GemmInput given, uint quad, vec4 v) { return v; }
vec4 gemm_finish(uint row, uint quad, vec4 v) { return v; }

void gemm_store(uint row, uint quad, vec4 v) {
    STORE(partial, ((first_part + gl_WorkGroupID.z) * gemm_rows() + row) * gemm_quads() + quad, v);
}
