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

#endif
