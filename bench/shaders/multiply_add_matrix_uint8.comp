#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifndef VKM_DECLARATIONS
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
#endif
// interface: multiply_add_matrix
// requires: cooperative_matrix
// multiply_add_matrix_uint8: the peak of cooperative matrices of unsigned bytes that accumulate in 32-bit
// integers. include/multiply_add_matrix.glsl says what it computes, its bindings and its constants. Buffers
// hold words, so that no storage of narrow types is needed.
#define OPERAND uint8_t
#define OPERANDS uint
#define PER_OPERANDS 4
#define SUM uint
#define SUMS uint
#define PER_SUMS 1
#include "include/multiply_add_matrix.glsl"
