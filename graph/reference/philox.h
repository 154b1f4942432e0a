#pragma once

#include <array>
#include <cstdint>

namespace vkm::graph {

/// Philox4x32-10 (Salmon et al. 2011), as shaders/include/philox.glsl computes it.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// [0, 1) from the top 24 bits.
inline double uniform_float(uint32_t bits) {
    return static_cast<double>(bits >> 8) / 16777216.0;
}

/// 0 .. count - 1.
inline uint32_t uniform_index(uint32_t bits, uint32_t count) {
    return static_cast<uint32_t>(uint64_t{bits} * count >> 32);
}

}  // namespace vkm::graph
