#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_input_grad: gradient of depthwise.comp with respect to its input, as a gather.
//   dx[n, iy, ix, c] = sum_ky sum_kx dy[n, oy, ox, c] w[ky, kx, c]
//   over the taps for which oy = (iy + pad_top - ky) / S and ox = (ix + pad_left - kx) / S are whole
//   and in range,
//   then what gradient_epilogue.glsl makes of it
//   0 dy       [images, out_height, out_width, channels] tensor
//   1 w        [K, K, channels] tensor
//   2 dx       [images, height, width, channels] tensor
//   3 residual [images, height, width, channels] tensor: a gradient that meets this one;
//              read with RESIDUAL only
//   4 x        [images, height, width, channels] tensor: what the batch norm took; read with BATCH_NORM only
//   5 normalisation   [3, channels] fp32: the batch norm's; read with BATCH_NORM only
//   6 partial  [partial results, 2, channels] fp32; written with BATCH_NORM only
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 TILE_X, 4 TILE_Y (multiples of S), 5 RESIDUAL,
// 6 BATCH_NORM, 7 TREE.
// A tile is TILE_X x TILE_Y inputs of one channel quad. Tiles start at multiples of S of iy + pad_top and
// ix + pad_left, so that which taps meet which input is known at compile time; the first tile therefore
// starts at -(pad_top % S), -(pad_left % S). There are images * tiles_y * tiles_x tiles a quad, with
// tiles_x = ceil((width + pad_left % S) / TILE_X) and tiles_y likewise.
//   without BATCH_NORM   an invocation computes a tile, channel quads first; excess invocations do nothing
//   with BATCH_NORM      columns are channel quads (columns.glsl);
//                        part p has the tiles from p * tiles_per_part on
#include "depthwise_input_grad.glsl"
