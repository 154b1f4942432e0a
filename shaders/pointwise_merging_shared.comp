#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// interface: pointwise_merging + gemm_shared
// variants: storage load native
// pointwise_merging: pointwise_shared.comp with STATISTICS and TREE, whose last workgroup merges the partial results, and with
// seven bindings more (statistics_epilogue.glsl).
//   8 arrived, 9 statistics, 10 gamma, 11 beta, 12 coefficients, 13 running_mean, 14 running_variance
#define MERGES_PARTIALS
#include "pointwise.glsl"
#include "gemm_shared.glsl"
