#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// squeeze_excite_grad_merging: squeeze_excite_grad_sums.comp with TREE, whose last workgroup merges the partial results, and
// with seven bindings more (gradient_epilogue.glsl).
//   7 arrived, 8 sums, 9 dgamma, 10 dbeta, 11 statistics, 12 gamma, 13 coefficients
#define MERGES_PARTIALS
#include "squeeze_excite_grad_sums.glsl"
