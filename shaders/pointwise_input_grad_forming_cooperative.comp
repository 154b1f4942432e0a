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
// interface: pointwise_input_grad_forming + gemm_cooperative
// variants: half load native
// pointwise_input_grad, forming the gradient it loads (gradient_prologue.glsl):
// pointwise_input_grad_cooperative.comp with dy used after its prologue, and two bindings more.
//   7 y         [rows][out_channels] tensor
//   8 coefficients   [4][out_channels] fp32
#define FORMS_GRADIENT
#ifndef VKM_DECLARATIONS
#define VKM_HALF_ARITHMETIC
#define INVOCATION (gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID)
#endif
#include "pointwise_input_grad.glsl"
#include "gemm_cooperative.glsl"
