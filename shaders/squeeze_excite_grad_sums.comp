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
#include "squeeze_excite_grad_sums.glsl"
