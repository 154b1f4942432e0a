#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifndef VKM_DECLARATIONS
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#endif
// requires: cooperative_matrix
// interface: pointwise + gemm_cooperative
// variants: half load native
// pointwise: 1x1 convolution and fully connected layer.
//   y[r, n] = f(sum over k of x[r, k] w[k, n] + bias[n]) + residual[r, n]
//   0 x         [rows][in_channels] tensor; used after its prologue (prologue.glsl)
//   1 w         [in_channels rounded up to 4][out_channels] tensor; padding rows and columns are zero
//   2 y         [rows][out_channels] tensor
//   3 bias      [out_channels] fp32; read with BIAS only
//   4 residual  [rows][out_channels] tensor; read with RESIDUAL only
//   5 scale     [ceil(rows / rows_per_image)][in_channels] tensor; read with SCALE only
//   6 normalisation  [3][in_channels] fp32; read with NORMALISE only
//   7 partial   [partial results][3][out_channels] fp32: statistics of y (statistics_epilogue.glsl);
//               written with STATISTICS only
// Constants: 0 … 4 the tile   5 ACTIVATION (f, a kind of activation.glsl)   6 BIAS   7 RESIDUAL   8 SCALE
//            9 NORMALISE   10 INPUT_ACTIVATION   11 STATISTICS   12 TREE
// On matrix units, for fp16 tensors; tiles, grid and constants 0 to 4: include/gemm_cooperative.glsl.
#ifndef VKM_DECLARATIONS
#define VKM_HALF_ARITHMETIC
#define INVOCATION (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID)
#endif
#include "pointwise.glsl"
#include "gemm_cooperative.glsl"
