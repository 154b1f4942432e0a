#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifndef VKM_DECLARATIONS
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_float_e4m3 : require
#endif
// interface: multiply_add_matrix
// requires: cooperative_matrix float8_matrix
// multiply_add_matrix_e4m3: the peak of cooperative matrices of fp8 (E4M3) that accumulate in fp32.
// include/multiply_add_matrix.glsl says what it computes, its bindings and its constants. Buffers hold words,
// so that no storage of narrow types is needed.
#define OPERAND floate4m3_t
#define OPERANDS uint
#define PER_OPERANDS 4
#define SUM float
#define SUMS uint
#define PER_SUMS 1
#include "include/multiply_add_matrix.glsl"
