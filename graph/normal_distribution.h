#pragma once

#include <array>
#include <cstdint>

namespace vkm::graph {

/// Two independent standard normal numbers from 128 random bits, the same bits on every platform:
///   r = sqrt(-2 ln u), (r cos 2 pi v, r sin 2 pi v), u in (0, 1], v in [0, 1)      (Box and Muller 1958)
/// The C library's logarithm and sine may differ in their last digit; only IEEE's exact operations are used
/// instead.
std::array<double, 2> box_muller(const std::array<uint32_t, 4>& random);

}  // namespace vkm::graph
