// What a batch norm by the batch's statistics comes to for each channel, for kernels that apply it as they load
// (prologue.glsl), and the update of the running statistics.
//   coefficients = (mean, scale, beta)     scale = gamma / sqrt(M2 / count + epsilon)
//   running_mean     += momentum (mean - running_mean)
//   running_variance += momentum (M2 / (count - 1) - running_variance)      unbiased; M2 / 1 where count is 1
//
// The including shader defines COEFFICIENTS_BINDING, the first of five:
//   gamma, beta     [channels] fp32
//   coefficients    [3, channels] fp32
//   running_mean, running_variance   [channels] fp32, updated in place where mean is finite
#ifndef VKM_BATCH_NORM_COEFFICIENTS_GLSL
#define VKM_BATCH_NORM_COEFFICIENTS_GLSL
#include "batch_norm.glsl"
#include "tensor.glsl"

F32_BUFFER_IN(COEFFICIENTS_BINDING, gamma)
F32_BUFFER_IN(COEFFICIENTS_BINDING + 1, beta)
F32_OUT(COEFFICIENTS_BINDING + 2, coefficients)
F32_INOUT(COEFFICIENTS_BINDING + 3, running_mean)
F32_INOUT(COEFFICIENTS_BINDING + 4, running_variance)

// Makes them of the statistics of channel quad c of `quads`.
void store_coefficients(uint c, uint quads, vec4 mean, vec4 m2, float count, float epsilon, float momentum) {
    BatchNorm norm = batch_norm_of(mean, m2 / count, epsilon, LOAD(gamma, c), LOAD(beta, c));
    STORE(coefficients, c, norm.mean);
    STORE(coefficients, quads + c, norm.scale);
    STORE(coefficients, 2u * quads + c, norm.beta);
    STORE(running_mean, c, running_mean_after(LOAD(running_mean, c), mean, momentum));
    STORE(running_variance, c, running_variance_after(LOAD(running_variance, c), mean, m2, count, momentum));
}

#endif
