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
// wrong_multiply_add_matrix: bench/shaders/multiply_add_matrix.comp with a constant changed on purpose: a
// turn too few.
#define OPERAND float16_t
#define OPERANDS float16_t
#define PER_OPERANDS 1
#define SUM float
#define SUMS float
#define PER_SUMS 1
#define FIRST_TURN 1
#include "../../../bench/shaders/include/multiply_add_matrix.glsl"
