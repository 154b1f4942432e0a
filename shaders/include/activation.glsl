// Activations and their derivatives, with PyTorch's conventions at the kinks. A kernel passes a
// specialization constant as `kind`, or where a layer is small a value all invocations share, so that only
// one branch is taken. NaN goes through all of them, and with fp16 storage so does an infinity: there it stands
// for an overflow, which a clamp would turn back into a number like any other.
//
//   kind              f(x)                     f'(x)
//   NONE              x                        1
//   RELU              max(x, 0)                1 for x > 0, else 0
//   RELU6             min(max(x, 0), 6)        1 for 0 < x < 6, else 0
//   HARD_SWISH        x min(max(x+3, 0), 6)/6  0 for x < -3; x/3 + 1/2 for -3 <= x <= 3; 1 for x > 3
//   HARD_SIGMOID      min(max(x+3, 0), 6)/6    1/6 for -3 < x < 3, else 0
//   SQUARE            x x                      2 x
#ifndef VKM_ACTIVATION_GLSL
#define VKM_ACTIVATION_GLSL

const uint NONE = 0u, RELU = 1u, RELU6 = 2u, HARD_SWISH = 3u, HARD_SIGMOID = 4u, SQUARE = 5u;

// min and max of GLSL may drop a NaN; a comparison and a select do not.
vec4 vkm_at_least(vec4 x, float low) { return mix(x, vec4(low), lessThan(x, vec4(low))); }
vec4 vkm_at_most(vec4 x, float high) { return mix(x, vec4(high), greaterThan(x, vec4(high))); }

vec4 vkm_activation(uint kind, vec4 x) {
    if (kind == RELU) return vkm_at_least(x, 0.0);
    if (kind == RELU6) return vkm_at_most(vkm_at_least(x, 0.0), 6.0);
    if (kind == HARD_SWISH) return x * (clamp(x + 3.0, 0.0, 6.0) * (1.0 / 6.0));
    if (kind == HARD_SIGMOID) return vkm_at_most(vkm_at_least(x + 3.0, 0.0), 6.0) * (1.0 / 6.0);
    if (kind == SQUARE) return x * x;
    return x;
}

vec4 activation(uint kind, vec4 x) {
    const vec4 y = vkm_activation(kind, x);
#ifdef VKM_STORAGE_F16
    return mix(y, x, greaterThan(abs(x), vec4(3.0e38)));  // a sum with an infinity is not finite, whatever else is in it
#else
    return y;
#endif
}

vec4 activation_derivative(uint kind, vec4 x) {
    const vec4 zero = vec4(0.0), one = vec4(1.0);
    if (kind == RELU) return mix(zero, one, greaterThan(x, zero));
    if (kind == RELU6) return mix(mix(zero, one, greaterThan(x, zero)), zero, greaterThanEqual(x, vec4(6.0)));
    if (kind == HARD_SWISH)
        return mix(mix(x * (1.0 / 3.0) + 0.5, zero, lessThan(x, vec4(-3.0))), one, greaterThan(x, vec4(3.0)));
    if (kind == HARD_SIGMOID)
        return mix(mix(zero, vec4(1.0 / 6.0), greaterThan(x, vec4(-3.0))), zero, greaterThanEqual(x, vec4(3.0)));
    if (kind == SQUARE) return 2.0 * x;
    return one;
}

#endif
