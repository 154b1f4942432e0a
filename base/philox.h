#pragma once

#include <array>
#include <cstdint>

namespace vkm {

/// Returns four random words for a counter and a key, by Philox4x32-10 (Salmon et al. 2011, "Parallel random
/// numbers: as easy as 1, 2, 3"). Neighbouring counters give independent words, so that a random number can
/// be a pure function of what it is drawn for. shaders/include/philox.glsl computes the same.
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const uint64_t a = uint64_t{0xD2511F53} * counter[0];
        const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
        counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
                   static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
        key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
    }
    return counter;
}

/// Maps a random word to [0, 1), from its top 24 bits.
constexpr double uniform_float(uint32_t bits) {
    return static_cast<double>(bits >> 8) / 16777216.0;
}

/// Maps a random word to 0 .. count - 1.
constexpr uint32_t uniform_index(uint32_t bits, uint32_t count) {
    return static_cast<uint32_t>(uint64_t{bits} * count >> 32);
}

}  // namespace vkm
