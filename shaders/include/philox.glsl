// Philox4x32-10: counter-based random numbers (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
// easy as 1, 2, 3", SC 2011).
// Equal counters and keys give equal numbers on every device, whatever the order of evaluation.
#ifndef VKM_PHILOX_GLSL
#define VKM_PHILOX_GLSL

uvec4 philox(uvec4 counter, uvec2 key) {
    for (int round = 0; round < 10; ++round) {
        uint high0, low0, high1, low1;
        umulExtended(0xD2511F53u, counter.x, high0, low0);
        umulExtended(0xCD9E8D57u, counter.z, high1, low1);
        counter = uvec4(high1 ^ counter.y ^ key.x, low1, high0 ^ counter.w ^ key.y, low0);
        key += uvec2(0x9E3779B9u, 0xBB67AE85u);
    }
    return counter;
}

// [0, 1): the top 24 bits, exact in fp32.
vec4 uniform_floats(uvec4 bits) { return vec4(bits >> 8) * (1.0 / 16777216.0); }

// 0 .. count - 1 by multiplication (Lemire 2019, without the rejection: the bias is below count / 2^32).
uint uniform_index(uint bits, uint count) {
    uint high, low;
    umulExtended(bits, count, high, low);
    return high;
}

#endif
