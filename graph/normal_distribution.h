#pragma once

#include <array>
#include <cstdint>

namespace vkm::graph {

/// Returns two independent standard normal numbers made from 128 random bits (Box and Muller 1958):
///   r = sqrt(-2 ln u),  (r cos 2 pi v, r sin 2 pi v),  u in (0, 1], v in [0, 1).
/// They have the same bits on every platform: only IEEE's exact operations are used, since the C libraries'
/// logarithms and sines differ in their last digits.
std::array<double, 2> box_muller(const std::array<uint32_t, 4>& random);

}  // namespace vkm::graph
