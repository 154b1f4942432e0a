#pragma once

#include <graph/tensor.h>

#include <cstdint>
#include <span>
#include <vector>

namespace vkm::graph {

/// Names units [first, first + count) of a tensor.
struct Window {
    int64_t first = 0;
    int64_t count = 0;
};

/// Cuts `count` units into as few windows as possible, as equal as possible. For each tensor of `unit_bytes`
/// bytes a unit, a window spans at most `window_bytes` and starts at a multiple of `alignment`. Throws
/// ShapeError when not even the smallest aligned group of units fits.
std::vector<Window> cut_windows(int64_t count, std::span<const int64_t> unit_bytes, int64_t window_bytes,
                                int64_t alignment);

}  // namespace vkm::graph
