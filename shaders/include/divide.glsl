// The division that turns a number into coordinates.
#ifndef VKM_DIVIDE_GLSL
#define VKM_DIVIDE_GLSL

// Returns floor(n / d) for n < 2^31, 0 < d. GPUs and SIMD CPUs have no integer divider: one reciprocal and
// two corrections cost a fraction of what `/` expands to.
// The first estimate is off by at most 2^-22 n / d, the second by at most one.
uint divide(uint n, uint d) {
    float reciprocal = 1.0 / float(d);
    uint q = uint(float(n) * reciprocal);
    int rest = int(n - q * d);
    q += uint(int(floor(float(rest) * reciprocal)));
    rest = int(n - q * d);
    return rest < 0 ? q - 1u : rest >= int(d) ? q + 1u : q;
}

#endif
