#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_gradients_merging: depthwise_gradients.comp, whose last workgroup merges the partial results at binding 6, and with
// seven bindings more (gradient_epilogue.glsl).
//   9 arrived, 10 sums, 11 dgamma, 12 dbeta, 13 statistics, 14 gamma, 15 coefficients
#define MERGES_PARTIALS
#include "depthwise_gradients.glsl"
