#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifndef VKM_DECLARATIONS
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#endif
// interface: multiply_add_matrix
// requires: cooperative_matrix
// multiply_add_matrix_half_sums: the peak of cooperative matrices of fp16 that accumulate in fp16.
// include/multiply_add_matrix.glsl says what it computes, its bindings and its constants. Buffers hold words,
// so that no storage of narrow types is needed.
#define OPERAND float16_t
#define OPERANDS uint
#define PER_OPERANDS 2
#define SUM float16_t
#define SUMS uint
#define PER_SUMS 2
#include "include/multiply_add_matrix.glsl"
