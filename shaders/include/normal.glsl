// Normal deviates that every device rounds alike.
#ifndef VKM_NORMAL_GLSL
#define VKM_NORMAL_GLSL
#include "portable_math.glsl"

// Returns log(x) of 0 < x <= 1, normal, within 2 units in the last place or 2^-24: Cephes' logf.
vec4 portable_log(vec4 x) {
    ivec4 bits = floatBitsToInt(x), exponent = (bits >> 23) - 126;
    vec4 m = intBitsToFloat(bits & 0x007fffff | 0x3f000000);  // [1/2, 1)
    bvec4 low = lessThan(m, vec4(0.70710678));
    exponent -= ivec4(low);
    precise vec4 f = m + mix(vec4(0.0), m, low) - 1.0;
    precise vec4 square = f * f;
    precise vec4 y = 7.0376836292e-2 * f - 1.1514610310e-1;
    y = y * f + 1.1676998740e-1;
    y = y * f - 1.2420140846e-1;
    y = y * f + 1.4249322787e-1;
    y = y * f - 1.6668057665e-1;
    y = y * f + 2.0000714765e-1;
    y = y * f - 2.4999993993e-1;
    y = y * f + 3.3333331174e-1;
    y = y * f * square;
    precise vec4 e = vec4(exponent);
    y = y - 2.12194440e-4 * e - 0.5 * square;
    precise vec4 sum = f + y + 0.693359375 * e;
    return sum;
}

// Returns N(0, 1) for random words: sqrt(2) erfinv(2 u - 1), u being the middle of one of 2^24 parts of (0, 1).
// Giles 2012, "Approximating the erfinv function", in single precision.
vec4 normal_deviates(uvec4 bits) {
    precise vec4 x = vec4(2 * ivec4(bits >> 8) + 1 - (1 << 24)) * (1.0 / 16777216.0);
    precise vec4 inside = (1.0 - x) * (1.0 + x);
    precise vec4 w = -portable_log(inside);
    precise vec4 a = w - 2.5;
    precise vec4 p = 3.43273939e-07 + 2.81022636e-08 * a;
    p = -3.5233877e-06 + p * a;
    p = -4.39150654e-06 + p * a;
    p = 0.00021858087 + p * a;
    p = -0.00125372503 + p * a;
    p = -0.00417768164 + p * a;
    p = 0.246640727 + p * a;
    p = 1.50140941 + p * a;
    precise vec4 b = portable_sqrt(max(w, vec4(0.0))) - 3.0;
    precise vec4 q = 0.000100950558 - 0.000200214257 * b;
    q = 0.00134934322 + q * b;
    q = -0.00367342844 + q * b;
    q = 0.00573950773 + q * b;
    q = -0.0076224613 + q * b;
    q = 0.00943887047 + q * b;
    q = 1.00167406 + q * b;
    q = 2.83297682 + q * b;
    precise vec4 result = 1.41421356 * mix(q, p, lessThan(w, vec4(5.0))) * x;
    return result;
}

#endif
