#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_input_grad_merging: depthwise_input_grad_forming.comp with BATCH_NORM and TREE, whose last workgroup merges the
// partial results, and with seven bindings more (gradient_epilogue.glsl).
//   9 arrived, 10 sums, 11 dgamma, 12 dbeta, 13 statistics, 14 gamma, 15 coefficients
#define FORMS_GRADIENT
#define MERGES_PARTIALS
#include "depthwise_input_grad.glsl"
