// The activations of activation.glsl for VALUES, a vector of so many channels. It is included once for each.
// min and max of GLSL may drop a NaN; a comparison and a select do not.
VALUES vkm_at_least(VALUES x, float low) { return mix(x, VALUES(low), lessThan(x, VALUES(low))); }
VALUES vkm_at_most(VALUES x, float high) { return mix(x, VALUES(high), greaterThan(x, VALUES(high))); }

VALUES vkm_activation(uint kind, VALUES x) {
    if (kind == RELU) return vkm_at_least(x, 0.0);
    if (kind == RELU6) return vkm_at_most(vkm_at_least(x, 0.0), 6.0);
    if (kind == HARD_SWISH) return x * (clamp(x + 3.0, 0.0, 6.0) * (1.0 / 6.0));
    if (kind == HARD_SIGMOID) return vkm_at_most(vkm_at_least(x + 3.0, 0.0), 6.0) * (1.0 / 6.0);
    if (kind == SQUARE) return x * x;
    return x;
}

VALUES activation(uint kind, VALUES x) {
    const VALUES y = vkm_activation(kind, x);
#ifdef VKM_STORAGE_F16
    return mix(y, x, greaterThan(abs(x), VALUES(3.0e38)));  // a sum with an infinity is not finite, whatever else is in it
#else
    return y;
#endif
}

VALUES activation_derivative(uint kind, VALUES x) {
    const VALUES zero = VALUES(0.0), one = VALUES(1.0);
    if (kind == RELU) return mix(zero, one, greaterThan(x, zero));
    if (kind == RELU6) return mix(mix(zero, one, greaterThan(x, zero)), zero, greaterThanEqual(x, VALUES(6.0)));
    if (kind == HARD_SWISH)
        return mix(mix(x * (1.0 / 3.0) + 0.5, zero, lessThan(x, VALUES(-3.0))), one, greaterThan(x, VALUES(3.0)));
    if (kind == HARD_SIGMOID)
        return mix(mix(zero, VALUES(1.0 / 6.0), greaterThan(x, VALUES(-3.0))), zero, greaterThanEqual(x, VALUES(3.0)));
    if (kind == SQUARE) return 2.0 * x;
    return one;
}
