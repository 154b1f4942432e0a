#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct Subsample {
    int64_t stride = 2;
};

/// Takes every stride-th pixel, from the first on: y[n, i, j] = x[n, i stride, j stride]; {N, H, W, C} ->
/// {N, ceil(H / stride), ceil(W / stride), C}. A pointwise convolution behind it is a strided 1x1
/// convolution, whichever its padding.
std::shared_ptr<const Operator> subsample(int64_t stride);

/// Spreads its gradient: dx[n, i stride, j stride] = dy[n, i, j], and zero elsewhere. Input: dy.
struct SubsampleGrad {
    int64_t stride = 2;
    int64_t height = 1, width = 1;  ///< of dx
};

}  // namespace vkm::graph::ops
