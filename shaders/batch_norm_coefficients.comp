#version 450
#extension GL_GOOGLE_include_directive : require
// batch_norm_coefficients: what a batch norm by the batch's statistics comes to for each channel, for kernels
// that apply it as they load (prologue.glsl), and the update of the running statistics.
//   y = (mean, scale, beta)     scale = gamma / sqrt(M2 / count + epsilon)
//   running_mean     += momentum (mean - running_mean)
//   running_variance += momentum (M2 / (count - 1) - running_variance)      unbiased; M2 / 1 where count is 1
//   0 statistics        [3, channels] fp32: mean, M2, count
//   1 gamma, 2 beta     [channels] fp32
//   3 y                 [3, channels] fp32
//   4 running_mean, 5 running_variance   [channels] fp32, updated in place where mean is finite
// Constants: 0 workgroup. One invocation computes a channel quad.
#include "batch_norm.glsl"
#include "index.glsl"
#include "tensor.glsl"
F32_BUFFER_IN(0, statistics)
F32_BUFFER_IN(1, gamma)
F32_BUFFER_IN(2, beta)
F32_OUT(3, y)
F32_INOUT(4, running_mean)
F32_INOUT(5, running_variance)
layout(push_constant) uniform Push { uint channels; float epsilon, momentum; };

void main() {
    uint quads = (channels + 3u) / 4u, c = invocation_index();
    if (c >= quads) return;
    vec4 mean = LOAD(statistics, c), m2 = LOAD(statistics, quads + c);
    float count = LOAD(statistics, 2u * quads + c).x;
    BatchNorm norm = batch_norm_of(mean, m2 / count, epsilon, LOAD(gamma, c), LOAD(beta, c));
    STORE(y, c, norm.mean);
    STORE(y, quads + c, norm.scale);
    STORE(y, 2u * quads + c, norm.beta);
    STORE(running_mean, c, running_mean_after(LOAD(running_mean, c), mean, momentum));
    STORE(running_variance, c, running_variance_after(LOAD(running_variance, c), mean, m2, count, momentum));
}
