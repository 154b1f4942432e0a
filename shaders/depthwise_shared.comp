#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_shared: the convolution of depthwise.comp from shared memory. A workgroup normalises what its outputs read once,
// where depthwise.comp does so for every output tile that reads it: 8 to 10 times with a 5x5 kernel.
//   y[n, oy, ox, c] = epilogue( sum_ky sum_kx x[n, iy, ix, c] w[ky, kx, c] )
//   iy = oy S + ky - pad_top, ix = ox S + kx - pad_left
// What is staged is rounded to the tensors' type, as if the layer before had stored it.
//   0 x        [images, height, width, channels] tensor; used after its prologue (prologue.glsl)
//   1 w        [K, K, channels] tensor
//   2 y        [images, out_height, out_width, channels] tensor
//   3 bias     [channels] fp32, read only with BIAS
//   4 normalisation   [3, channels] fp32, read only with NORMALISE
//   5 partial  [partial results, 3, channels] fp32: statistics of y (statistics_epilogue.glsl);
//              written with STATISTICS only
// Constants: 0 workgroup, 1 K (odd), 2 S (stride), 3 TILE_X, 4 TILE_Y, 5 ACTIVATION, 6 BIAS (see
// epilogue.glsl), 7 NORMALISE, 8 INPUT_ACTIVATION, 9 STATISTICS, 10 TREE (true), 11 LANES, 12 TILES_X, 13 TILES_Y.
// Columns are channel quads (columns.glsl), at most LANES a workgroup. A block is TILES_X x TILES_Y tiles of TILE_X x TILE_Y
// outputs of one channel quad. The strands of a column share its tiles. There are images * blocks_y * blocks_x blocks a
// column, blocks_x = ceil(out_width / (TILES_X TILE_X)) and blocks_y likewise; part p has those from p * blocks_per_part on.
// Shared memory: 8 (fp16) or 16 LANES bytes an input of a block, and what gather_write takes.
#include "depthwise_shared.glsl"
