// Operands of the pointwise convolution's input gradient for the GEMM skeletons: A = dY, B = the transpose of
// W, read as stored in blocks of 4 x 4. See pointwise.glsl for what each name means.
#include "index.glsl"
#include "tensor.glsl"

TENSOR_IN(0, dy)
TENSOR_IN(1, w)
TENSOR_OUT(2, dx)
#define EPILOGUE_RESIDUAL_BINDING 3
#define EPILOGUE_RESIDUAL_CONSTANT 5
#define BATCH_NORM_BINDING 4
#define BATCH_NORM_CONSTANT 6
#include "merge_push.glsl"
layout(push_constant) uniform Push { uint rows, in_channels, out_channels, row_tiles, first_partial, output_activation; MERGE_PUSH };
#ifdef FORMS_GRADIENT
#define GRADIENT_BINDING 7
#define MERGE_BINDING 9
#endif
#include "gradient_epilogue.glsl"
#include "gradient_prologue.glsl"

#define PREFETCH true
#define A_STEP_FASTEST true
#define B_STEP_FASTEST true
#define A_TERM(A, FIRST, I, T) subgroupShuffle(A[T], FIRST + I)

uint gemm_rows() { return rows; }
uint gemm_quads() { return (in_channels + 3) / 4; }
uint gemm_row_tile() { return gl_WorkGroupID.z * gl_NumWorkGroups.y + gl_WorkGroupID.y; }
uint gemm_row_tiles() { return GATHER ? row_tiles : 1; }
uint gemm_first_partial() { return first_partial; }
uint gemm_begin() { return 0; }
uint gemm_end() { return (out_channels + 3) / 4; }

struct ALane { uint start; };
struct ABlock { uvec4 start; };

ALane a_lane(uint row, uint lane) { return ALane(min(row + lane, rows - 1) * gemm_end()); }

vec4 a_load_lane(ALane at, uint s) {
    return form_gradient(gradient_form_of(s, gemm_end()), LOAD(dy, at.start + s), at.start + s);
}

ABlock a_block(uint row) { return ABlock(min(row + uvec4(0, 1, 2, 3), uvec4(rows - 1)) * gemm_end()); }

mat4 a_load(ABlock at, uint s, uint count) {
    const bool valid = s < gemm_end();
    const uint readable = valid ? s : 0;
    const GradientForm form = gradient_form_of(readable, gemm_end());
    mat4 a = mat4(0.0);
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const uint index = at.start[i] + readable;
        if (i < count) a[i] = only_if(valid, form_gradient(form, LOAD(dy, index), index));
    }
    return a;
}

mat4 b_load(uint quad, uint s) {
    const uint stride = gemm_end(), at = 4 * quad * stride + min(s, stride - 1);
    return transpose(mat4(LOAD(w, at), LOAD(w, at + stride), LOAD(w, at + 2 * stride), LOAD(w, at + 3 * stride)));
}

#ifdef VKM_HALF_ARITHMETIC
struct AFetched { f16vec4 dy[4], y[4]; GradientForm form; bool valid; };
AFetched a_fetch(ABlock at, uint s) {
    AFetched a;
    a.valid = s < gemm_end();
    const uint readable = a.valid ? s : 0;
    [[unroll]] for (uint i = 0; i < 4; ++i) a.dy[i] = LOAD_HALF(dy, at.start[i] + readable);
#ifdef FORMS_GRADIENT
    [[unroll]] for (uint i = 0; i < 4; ++i) a.y[i] = LOAD_HALF(y, at.start[i] + readable);
    a.form = gradient_form_of(readable, gemm_end());
#endif
    return a;
}

f16vec4 a_made(AFetched a, uint i) {
#ifdef FORMS_GRADIENT
    return half_of(form_gradient(a.form, vec4(a.dy[i]), vec4(a.y[i])));
#else
    return a.dy[i];
#endif
}
f16vec4[4] a_make(AFetched a) {
    return f16vec4[4](only_if(a.valid, a_made(a, 0)), only_if(a.valid, a_made(a, 1)), only_if(a.valid, a_made(a, 2)),
                      only_if(a.valid, a_made(a, 3)));
}

struct BFetched { f16vec4 w[4]; };
BFetched b_fetch(uint quad, uint s) {
    const uint stride = gemm_end(), at = 4 * quad * stride + min(s, stride - 1);
    return BFetched(f16vec4[4](LOAD_HALF(w, at), LOAD_HALF(w, at + stride), LOAD_HALF(w, at + 2 * stride), LOAD_HALF(w, at + 3 * stride)));
}
f16vec4[4] b_make(BFetched b) { return transposed(b.w[0], b.w[1], b.w[2], b.w[3]); }
#endif

vec4 gemm_start(uint quad) { return epilogue_start(quad); }

#define GemmInput EpilogueInput
GemmInput gemm_input(uint i) { return epilogue_input(i); }
vec4 gemm_finish(GemmInput given, uint quad, vec4 v) { return epilogue(v, given, quad, in_channels); }
vec4 gemm_finish(uint row, uint quad, vec4 v) { return gemm_finish(gemm_input(row * gemm_quads() + quad), quad, v); }

void gemm_store(uint row, uint quad, vec4 v) { STORE(dx, row * gemm_quads() + quad, v); }
