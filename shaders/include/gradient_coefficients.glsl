// What batch norm's input gradient comes to for each channel, for kernels that form it as they load
// (gradient_prologue.glsl).
//   coefficients = (scale, mean, sum g / R, sum(g xhat) / R * inv_std)
//   scale = gamma inv_std, inv_std = 1 / sqrt(M2 / R + epsilon), R the count of the statistics
//
// The including shader defines COEFFICIENTS_BINDING, the first of two:
//   gamma           [channels] fp32
//   coefficients    [4, channels] fp32
#ifndef VKM_GRADIENT_COEFFICIENTS_GLSL
#define VKM_GRADIENT_COEFFICIENTS_GLSL
#include "batch_norm.glsl"
#include "tensor.glsl"

F32_BUFFER_IN(COEFFICIENTS_BINDING, gamma)
F32_OUT(COEFFICIENTS_BINDING + 1, coefficients)

// Stores those of channel quad c of `quads` that one of its sums decides: sum g, or the second, sum g xhat.
void store_gradient_coefficients(uint c, uint quads, bool second, vec4 mean, vec4 variance, float count, vec4 sum, float epsilon) {
    BatchNorm norm = batch_norm_of(mean, variance, epsilon, LOAD(gamma, c), vec4(0.0));
    if (second) {
        STORE(coefficients, 3u * quads + c, sum / count * norm.inv_std);
    } else {
        STORE(coefficients, c, norm.scale);
        STORE(coefficients, quads + c, norm.mean);
        STORE(coefficients, 2u * quads + c, sum / count);
    }
}

#endif
