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
// interface: pointwise_input_grad + gemm_cooperative
// variants: half load native
// pointwise_input_grad: gradient of the pointwise convolution with respect to its input.
//   dx[r, k] = (sum over n of dy[r, n] w[k, n] + residual[r, k]) f'(z[r, k])     (gradient_epilogue.glsl)
//   0 dy        [rows][out_channels] tensor
//   1 w         [in_channels rounded up to 4][out_channels] tensor, as the forward convolution stores it
//   2 dx        [rows][in_channels] tensor
//   3 residual  [rows][in_channels] tensor: a gradient that meets this one; read with RESIDUAL only
//   4 x         [rows][in_channels] tensor: what the batch norm took; read with BATCH_NORM only
//   5 normalisation  [3][in_channels] fp32: the batch norm's; read with BATCH_NORM only
//   6 partial   [partial results][2][in_channels] fp32; written with BATCH_NORM only
// Constants: 0 … 4 the tile   5 RESIDUAL   6 BATCH_NORM   7 TREE
// On matrix units, for fp16 tensors; tiles, grid and constants 0 to 4: include/gemm_cooperative.glsl.
#ifndef VKM_DECLARATIONS
#define VKM_HALF_ARITHMETIC
#define INVOCATION (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID)
#endif
#include "pointwise_input_grad.glsl"
#include "gemm_cooperative.glsl"
