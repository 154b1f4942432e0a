#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// channel_scale_grad_columns: ds[n, c] = sum over p of dy[n, p, c] x[n, p, c], an image's pixels shared by strands.
//   0 x, 1 dy   [images, pixels, channel_quads] tensors; x is used after its prologue (prologue.glsl)
//   2 ds        [images, channel_quads] tensor
//   3 normalisation   [3, channels] fp32, read only with NORMALISE
// Constants: 0 workgroup, 1 NORMALISE, 2 INPUT_ACTIVATION.
// Columns are channel quads, a part is an image (columns.glsl), and strands are added up in a tree. A strand loads four
// pixels before it works on the first, so that a column waits for memory once for all four.
// channel_scale_grad.comp has no barrier, which is what software devices run.
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_IN(1, dy)
TENSOR_OUT(2, ds)
layout(push_constant) uniform Push { uint images, pixels, channel_quads, lanes; };
#define PROLOGUE_NORMALISATION F32_BUFFER_IN(3, normalisation)
#define PROLOGUE_NORMALISE_CONSTANT 1
#define PROLOGUE_ACTIVATION_CONSTANT 2
#include "prologue.glsl"
#define COLUMN_SLOTS 1
#include "column_sums.glsl"

void main() {
    const Columns at = columns_of(channel_quads, lanes);
    if (at.part >= images) return;
    const uint column = min(at.column, channel_quads - 1u), first = at.part * pixels * channel_quads + column;
    const Normalisation norm = normalisation_of(column, channel_quads);
    vec4 sum[4] = vec4[4](vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    for (uint p = at.live ? at.strand : pixels; p < pixels; p += 4u * at.strands) {
        vec4 v[4], gradient[4];
        [[unroll]] for (uint u = 0u; u < 4u; ++u) {
            const uint i = first + min(p + u * at.strands, pixels - 1u) * channel_quads;
            v[u] = LOAD(x, i);
            gradient[u] = LOAD(dy, i);
        }
        [[unroll]] for (uint u = 0u; u < 4u; ++u)
            sum[u] += only_if(p + u * at.strands < pixels, gradient[u] * normalise(norm, v[u]));
    }
    const vec4 total = column_sum((sum[0] + sum[1]) + (sum[2] + sum[3]), at, lanes);
    if (writes_partial(at, true)) STORE(ds, at.part * channel_quads + at.column, total);
}
