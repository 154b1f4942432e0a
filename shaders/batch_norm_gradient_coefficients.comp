#version 450
#extension GL_GOOGLE_include_directive : require
// batch_norm_gradient_coefficients: what batch norm's input gradient comes to for each channel, for kernels
// that form it as they load (gradient_prologue.glsl).
//   y = (scale, mean, sum g / R, sum(g xhat) / R * inv_std)
//   scale = gamma inv_std, inv_std = 1 / sqrt(M2 / R + epsilon), R the count of the statistics
//   0 statistics   [3, channels] fp32: mean, M2, count
//   1 gamma        [channels] fp32
//   2 sums         [2, channels] fp32: sum g, sum g xhat
//   3 y            [4, channels] fp32
// Constants: 0 workgroup. One invocation computes a channel quad.
#include "batch_norm.glsl"
#include "index.glsl"
#include "tensor.glsl"
F32_BUFFER_IN(0, statistics)
F32_BUFFER_IN(1, gamma)
F32_BUFFER_IN(2, sums)
F32_OUT(3, y)
layout(push_constant) uniform Push { uint channels; float epsilon; };

void main() {
    uint quads = (channels + 3u) / 4u, c = invocation_index();
    if (c >= quads) return;
    float count = LOAD(statistics, 2u * quads + c).x;
    BatchNorm norm = batch_norm_of(LOAD(statistics, c), LOAD(statistics, quads + c) / count, epsilon, LOAD(gamma, c), vec4(0.0));
    STORE(y, c, norm.scale);
    STORE(y, quads + c, norm.mean);
    STORE(y, 2u * quads + c, LOAD(sums, c) / count);
    STORE(y, 3u * quads + c, LOAD(sums, quads + c) / count * norm.inv_std);
}
