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
// interface: pointwise_merging + gemm_cooperative
// variants: half load native
// pointwise_merging: pointwise_cooperative.comp with STATISTICS and TREE, whose last workgroup merges the partial results, and with
// seven bindings more (statistics_epilogue.glsl).
//   8 arrived, 9 statistics, 10 gamma, 11 beta, 12 coefficients, 13 running_mean, 14 running_variance
#define MERGES_PARTIALS
#ifndef VKM_DECLARATIONS
#define VKM_HALF_ARITHMETIC
#define INVOCATION (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID)
#endif
#include "pointwise.glsl"
#include "gemm_cooperative.glsl"
