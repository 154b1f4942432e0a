// Batch norm of one channel quad, the same formula wherever it is evaluated, so that a backward kernel that
// recomputes z meets the same side of an activation's kink as the forward kernel did:
//     xhat = (x - mean) inv_std
//     z = (x - mean) (inv_std gamma) + beta
//     inv_std = 1 / sqrt(variance + epsilon)
// x - mean comes first: with a folded shift, x scale + (beta - mean scale), a mean far above the deviation
// would cancel.
#ifndef VKM_BATCH_NORM_GLSL
#define VKM_BATCH_NORM_GLSL

struct BatchNorm {
    vec4 mean, inv_std, scale, beta;
};

BatchNorm batch_norm_of(vec4 mean, vec4 variance, float epsilon, vec4 gamma, vec4 beta) {
    vec4 inv_std = 1.0 / sqrt(variance + epsilon);
    return BatchNorm(mean, inv_std, inv_std * gamma, beta);
}

vec4 batch_norm(BatchNorm norm, vec4 x) { return (x - norm.mean) * norm.scale + norm.beta; }

// Returns the running statistics after a batch, as PyTorch's: the variance is unbiased (M2 / 1 where count is
// 1). Where the batch's mean is not finite, because an activation was not, both stay as they are: in mixed
// precision a step may be skipped that way. (A variance alone overflows in fp32 only, and should be noticed.)
vec4 running_after(vec4 old, vec4 batch, vec4 mean, float momentum) {
    return mix(old + momentum * (batch - old), old, greaterThanEqual(floatBitsToUint(mean) & 0x7fffffffu, uvec4(0x7f800000u)));
}
vec4 running_mean_after(vec4 old, vec4 mean, float momentum) { return running_after(old, mean, mean, momentum); }
vec4 running_variance_after(vec4 old, vec4 mean, vec4 m2, float count, float momentum) {
    return running_after(old, m2 / max(count - 1.0, 1.0), mean, momentum);
}

#endif
