#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_gradients: both gradients of depthwise.comp whose input a batch norm and an activation make, and whose output
// another batch norm takes. Every gradient dy that a workgroup needs is formed once (gradient_prologue.glsl), rounded as it
// would be stored, and serves dx and dw alike:
//   dx[n, iy, ix, c] = sum_ky sum_kx dy[n, oy, ox, c] w[ky, kx, c]
//   partial dw[p, ky, kx, c] = sum over the inputs of part p of f(z[n, iy, ix, c]) dy[n, oy, ox, c]
//   over the taps for which oy = (iy + pad_top - ky) / S and ox = (ix + pad_left - kx) / S are whole and in range,
//   with z = (x - mean) scale + beta, and dx then as gradient_epilogue.glsl makes it
//   0 dy       [images, out_height, out_width, channels] tensor, used after its prologue
//   1 w        [K, K, channels] tensor
//   2 dx       [images, height, width, channels] tensor
//   3 weight_partial  [partial results, K, K, channels] fp32; sum_parts.comp adds them
//   4 x        [images, height, width, channels] tensor: what the input's batch norm took
//   5 normalisation   [3, channels] fp32: that batch norm's
//   6 partial  [partial results, 2, channels] fp32
//   7 y        [images, out_height, out_width, channels] tensor: of dy's prologue
//   8 gradient_coefficients   [4, channels] fp32: the same
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 TILE_X, 4 TILE_Y (multiples of S), 5 LANES, 6 TILES_X, 7 TILES_Y,
// 8 f, a kind of activation.glsl, 9 BATCH_NORM and 10 TREE, both true.
// A tile is TILE_X x TILE_Y inputs of one channel quad, a block TILES_X x TILES_Y tiles of at most LANES quads. Blocks
// start at multiples of S of iy + pad_top and ix + pad_left, as in depthwise_input_grad.glsl. Columns are channel quads
// (columns.glsl); part p has the blocks from p * blocks_per_part on, whose tiles the strands take in turns.
// An invocation has two channels of a quad (pairs.glsl).
// Shared memory: what reaches a block, in rows of whole runs, the taps of its columns, and that of column_sums.glsl.
#include "depthwise_gradients.glsl"
