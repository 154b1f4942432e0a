#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// squeeze_excite_grad_sums: what squeeze_excite_grad.comp computes,
//     dx[n, p, c] = dy[n, p, c] s[n, c] + d[n, c] / pixels,   then what gradient_epilogue.glsl makes of it
//   0 dy, 3 dx   [images, pixels, channel_quads] tensors
//   1 s          [images, channel_quads] tensor
//   2 d          [images, channel_quads] tensor: the gradient of the mean
//   4 x          [images, pixels, channel_quads] tensor: what the batch norm took
//   5 normalisation   [3, channels] fp32: the batch norm's
//   6 partial    [partial results, 2, channels] fp32
// Constants: 0 workgroup, 1 BATCH_NORM (true), 2 TREE.
// Columns are channel quads (columns.glsl), rows are pixels; part p has those from p * rows_per_part on.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, dy)
TENSOR_IN(1, s)
TENSOR_IN(2, d)
TENSOR_OUT(3, dx)
layout(push_constant) uniform Push {
    uint images, pixels, channel_quads;
    uint lanes, rows_per_part, first_partial, output_activation;
};
#define BATCH_NORM_CONSTANT 1
#define BATCH_NORM_BINDING 4
#include "gradient_epilogue.glsl"

void main() {
    Columns at = columns_of(channel_quads, lanes);
    Gathered gathered = gather_start();
    uint end = at.live ? min((at.part + 1u) * rows_per_part, images * pixels) : 0u;
    for (uint row = at.part * rows_per_part + at.strand; row < end; row += at.strands) {
        uint i = row * channel_quads + at.column, of_image = divide(row, pixels) * channel_quads + at.column;
        vec4 v = LOAD(dy, i) * LOAD(s, of_image) + LOAD(d, of_image) / float(pixels);
        gather(gathered, false, i, at.column, channel_quads, v);
        STORE(dx, i, v);
    }
    gather_write(gathered, at, lanes, channel_quads, first_partial);
}
