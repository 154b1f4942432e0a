#version 450
#extension GL_GOOGLE_include_directive : require
// batch_norm_coefficients: what a batch norm comes to for each channel (include/batch_norm_coefficients.glsl), of
// statistics that are whole. merge_statistics.comp makes the same of partial ones.
//   0 statistics        [3, channels] fp32: mean, M2, count
//   1 gamma, 2 beta, 3 coefficients, 4 running_mean, 5 running_variance
// Constants: 0 workgroup. One invocation computes a channel quad.
#include "index.glsl"
#include "tensor.glsl"
F32_BUFFER_IN(0, statistics)
#define COEFFICIENTS_BINDING 1
#include "batch_norm_coefficients.glsl"
layout(push_constant) uniform Push { uint channels; float epsilon, momentum; };

void main() {
    uint quads = (channels + 3u) / 4u, c = invocation_index();
    if (c >= quads) return;
    store_coefficients(c, quads, LOAD(statistics, c), LOAD(statistics, quads + c), LOAD(statistics, 2u * quads + c).x, epsilon,
                       momentum);
}
