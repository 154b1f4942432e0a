#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_shader_16bit_storage : require
#ifndef VKM_DECLARATIONS
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#endif
// requires: cooperative_matrix
// multiply_add_matrix: the peak of fp16 cooperative matrices that accumulate in fp32.
// include/multiply_add_matrix.glsl says what it computes, its bindings and its constants.
#define OPERAND float16_t
#define OPERANDS float16_t
#define PER_OPERANDS 1
#define SUM float
#define SUMS float
#define PER_SUMS 1
#include "include/multiply_add_matrix.glsl"
