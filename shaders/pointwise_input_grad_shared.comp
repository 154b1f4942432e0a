#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load
// pointwise_input_grad: dx[r, k] = sum over n of dy[r, n] w[k, n] + residual[r, k].
//   0 dy        [rows][out_channels] tensor
//   1 w         [in_channels rounded up to 4][out_channels] tensor, as the forward convolution stores it
//   2 dx        [rows][in_channels] tensor
//   3 residual  [rows][in_channels] tensor: a gradient that meets this one; read with RESIDUAL only, else bind dy
// Constants: 0 … 4 the tile   5 RESIDUAL
// Operands are staged in shared memory; tiles, grid and constants 0 to 4: include/gemm_shared.glsl.
#include "pointwise_input_grad.glsl"
#include "gemm_shared.glsl"
