#pragma once

#include <graph/tensor.h>

namespace vkm::graph {

/// symmetric: (K - 1) / 2 on every side, as PyTorch's models pad. same: TensorFlow's SAME, the odd pixel at
/// the bottom and right.
enum class Padding : uint8_t { symmetric, same };

/// Geometry of a KxK window sliding over one axis.
struct SlidingAxis {
    int64_t input = 0, output = 0, kernel = 0, stride = 1, pad_before = 0;
};

/// symmetric: output = floor((input + 2 pad - kernel) / stride) + 1; same: output = ceil(input / stride).
SlidingAxis slide(int64_t input, int64_t kernel, int64_t stride, Padding);

}  // namespace vkm::graph
