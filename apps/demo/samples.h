#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vkm::demo {

/// Is a picture file that is part of the program (scripts/samples).
struct Sample {
    std::string_view name;
    std::span<const uint8_t> bytes;
};

/// Returns them in the order of their names. Written at build time.
std::span<const Sample> embedded_samples();

}  // namespace vkm::demo
