#pragma once

#include <graph/tensor.h>

namespace vkm::graph {

/// Says how an image is padded. symmetric: (K - 1) / 2 on every side, as PyTorch's models pad. same: as
/// TensorFlow's SAME, with the odd pixel at the bottom and right.
enum class Padding : uint8_t { symmetric, same };

/// Holds the geometry of a KxK window sliding over one axis.
struct SlidingAxis {
    int64_t input = 0, output = 0, kernel = 0, stride = 1, pad_before = 0;
};

/// Returns that geometry. symmetric: output = floor((input + 2 pad - kernel) / stride) + 1;
/// same: output = ceil(input / stride).
SlidingAxis slide(int64_t input, int64_t kernel, int64_t stride, Padding);

}  // namespace vkm::graph
