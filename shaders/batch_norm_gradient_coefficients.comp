#version 450
#extension GL_GOOGLE_include_directive : require
// batch_norm_gradient_coefficients: what batch norm's input gradient comes to for each channel
// (include/gradient_coefficients.glsl), of sums that are whole. merge_batch_norm_sums.comp makes the same of partial ones.
//   0 statistics   [3, channels] fp32: mean, M2, count
//   1 sums         [2, channels] fp32: sum g, sum g xhat
//   2 gamma, 3 coefficients
// Constants: 0 workgroup. One invocation computes a channel quad.
#include "index.glsl"
#include "tensor.glsl"
F32_BUFFER_IN(0, statistics)
F32_BUFFER_IN(1, sums)
#define COEFFICIENTS_BINDING 2
#include "gradient_coefficients.glsl"
layout(push_constant) uniform Push { uint channels; float epsilon; };

void main() {
    uint quads = (channels + 3u) / 4u, c = invocation_index();
    if (c >= quads) return;
    float count = LOAD(statistics, 2u * quads + c).x;
    vec4 mean = LOAD(statistics, c), variance = LOAD(statistics, quads + c) / count;
    store_gradient_coefficients(c, quads, false, mean, variance, count, LOAD(sums, c), epsilon);
    store_gradient_coefficients(c, quads, true, mean, variance, count, LOAD(sums, quads + c), epsilon);
}
