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
// interface: pointwise_weight_grad + gemm_cooperative
// variants: half load native
// pointwise_weight_grad: gradient of the pointwise convolution with respect to its weights, as partial sums.
//   partial[first_part + p, k, n] = sum of x[r, k] dy[r, n] over the rows r of part p
// Part p has the rows from p * rows_per_part on; sum_parts adds the parts.
//   0 x        [rows][in_channels] tensor; used after its prologue (prologue.glsl)
//   1 dy       [rows][out_channels] tensor; used after its prologue (gradient_prologue.glsl)
//   2 partial  [parts][in_channels rounded up to 4][out_channels] fp32
//   3 normalisation  [3][in_channels] fp32; read with NORMALISE only
//   4 scale    [ceil(rows / rows_per_image)][in_channels] tensor; read with SCALE only
//   5 y        [rows][out_channels] tensor: of dy's prologue; read with FORM_GRADIENT only
//   6 coefficients   [4][out_channels] fp32: of dy's prologue; read with FORM_GRADIENT only
// Preconditions: rows_per_part is a multiple of 4; rows_per_part * (parts - 1) < rows.
// Constants: 0 … 4 the tile   5 NORMALISE   6 INPUT_ACTIVATION   7 SCALE   8 FORM_GRADIENT
// On matrix units, for fp16 tensors; tiles, grid and constants 0 to 4: include/gemm_cooperative.glsl.
#ifndef VKM_DECLARATIONS
#define VKM_HALF_ARITHMETIC
#define INVOCATION (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID)
#endif
#include "pointwise_weight_grad.glsl"
#include "gemm_cooperative.glsl"
