#pragma once

#include <bit>
#include <cstdint>

namespace vkm {

/// Converts IEEE binary16 to binary32; exact, subnormals, infinities and NaN payloads included.
constexpr float from_half(uint16_t half) {
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 0x1fu;
    const uint32_t mantissa = half & 0x3ffu;
    if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24, which binary32 holds exactly
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
        return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
    }
    const uint32_t wide = exponent == 31 ? 255 : exponent + 127 - 15;
    return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

/// Converts binary32 to the nearest binary16, ties to even; beyond its range to an infinity.
uint16_t to_half(float);

/// Converts bfloat16, which is the upper half of a binary32.
constexpr float from_bfloat16(uint16_t value) {
    return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

}  // namespace vkm
