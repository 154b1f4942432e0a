#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// depthwise_shared_merging: depthwise_shared.comp with STATISTICS, whose last workgroup merges the partial results, and with
// seven bindings more (statistics_epilogue.glsl).
//   6 arrived, 7 statistics, 8 gamma, 9 beta, 10 coefficients, 11 running_mean, 12 running_variance
#define MERGES_PARTIALS
#include "depthwise_shared.glsl"
