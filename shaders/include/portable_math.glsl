// Division and square roots that every device rounds alike: devices of different vendors must compute the
// same, and Vulkan leaves the last bits of both to the driver. It defines sums and products.
// So: a first guess from the bits of the number, then Newton's steps.
#ifndef VKM_PORTABLE_MATH_GLSL
#define VKM_PORTABLE_MATH_GLSL

// Returns 1 / x of positive, finite, normal x, within 2 units in the last place.
// The guess is 12 % off; each step squares the error.
vec4 portable_reciprocal(vec4 x) {
    precise vec4 y = uintBitsToFloat(0x7ef311c7u - floatBitsToUint(x));
    for (int i = 0; i < 4; ++i) y = y + y * (1.0 - x * y);
    return y;
}

// Returns sqrt(x) of finite x >= 0, within 3 units in the last place: x times 1 / sqrt(x).
// The guess of that is 3.5 % off. 0 stays 0.
vec4 portable_sqrt(vec4 x) {
    precise vec4 half_x = 0.5 * x;
    precise vec4 y = uintBitsToFloat(0x5f3759dfu - (floatBitsToUint(x) >> 1));
    for (int i = 0; i < 3; ++i) y = y * (1.5 - half_x * y * y);
    precise vec4 root = x * y;
    return root;
}

// Returns exp(-x) of finite x >= 0, within 4 units in the last place of 1: 2^-i e^-r, with r below ln 2 and
// the series of e^-r.
float portable_exp_of_minus(float x) {
    precise float halvings = floor(x * 1.44269504);
    if (halvings > 125.0) return 0.0;
    precise float r = (x - halvings * 0.693145752) - halvings * 1.42860677e-6;
    precise float sum = 1.0;
    for (float n = 10.0; n > 0.0; n -= 1.0) sum = 1.0 - sum * r * portable_reciprocal(vec4(n)).x;
    precise float result = sum * uintBitsToFloat(uint(127 - int(halvings)) << 23);
    return result;
}

// Returns 1 / x^(1/3) of positive, finite, normal x, within 4 units in the last place.
// The guess is a few percent off; each step squares the error.
float portable_reciprocal_cube_root(float x) {
    precise float y = uintBitsToFloat(0x54a2fa8cu - floatBitsToUint(x) / 3u);
    for (int i = 0; i < 4; ++i) y = y + y * (1.0 - x * y * y * y) * 0.333333333;
    return y;
}

#endif
