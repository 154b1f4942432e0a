#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise: convolution of every channel with its own K x K kernel.
//   y[n, oy, ox, c] = epilogue( sum_ky sum_kx x[n, iy, ix, c] w[ky, kx, c] )
//   iy = oy S + ky - pad_top, ix = ox S + kx - pad_left
// where x is zero outside of the image. pad_bottom and pad_right follow from out_height and out_width, so
// padding may be symmetric (PyTorch) or not (TensorFlow's SAME).
//   0 x        [images, height, width, channels] tensor; used after its prologue (prologue.glsl)
//   1 w        [K, K, channels] tensor
//   2 y        [images, out_height, out_width, channels] tensor
//   3 bias     [channels] fp32, read only with BIAS
//   4 normalisation   [3, channels] fp32, read only with NORMALISE
//   5 partial  [partial results, 3, channels] fp32: statistics of y (statistics_epilogue.glsl);
//              written with STATISTICS only
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 TILE_X, 4 TILE_Y, 5 ACTIVATION, 6 BIAS (see
// epilogue.glsl), 7 NORMALISE, 8 INPUT_ACTIVATION, 9 STATISTICS, 10 TREE.
// A tile is TILE_X x TILE_Y outputs of one channel quad: neighbours in a row share most of their inputs.
// There are images * tiles_y * tiles_x tiles a quad, tiles_x = ceil(out_width / TILE_X) and tiles_y likewise.
//   without STATISTICS   an invocation computes a tile, channel quads first; excess invocations do nothing
//   with STATISTICS      columns are channel quads (columns.glsl);
//                        part p has the tiles from p * tiles_per_part on
#include "depthwise.glsl"
