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
// interface: pointwise_input_grad_merging + gemm_cooperative
// variants: half load native
// pointwise_input_grad_merging: pointwise_input_grad_forming_cooperative.comp with BATCH_NORM and TREE, whose last workgroup merges
// the partial results, and with seven bindings more (gradient_epilogue.glsl).
//   9 arrived, 10 sums, 11 dgamma, 12 dbeta, 13 statistics, 14 gamma, 15 coefficients
#define FORMS_GRADIENT
#define MERGES_PARTIALS
#ifndef VKM_DECLARATIONS
#define VKM_HALF_ARITHMETIC
#define INVOCATION (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID)
#endif
#include "pointwise_input_grad.glsl"
#include "gemm_cooperative.glsl"
