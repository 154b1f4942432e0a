#pragma once

#include <graph/ops/epilogue.h>
#include <graph/ops/spatial.h>

namespace vkm::graph::ops {

/// Depthwise KxK convolution. Inputs: x {N, H, W, C}, w {1, K, K, C} (WeightLayout::depthwise), then the
/// epilogue's. Output: {N, Ho, Wo, C}. Differentiable with an empty epilogue. The operator is a
/// ConvolutionOperator.
std::shared_ptr<const Operator> depthwise(int64_t stride, Padding, const Epilogue& = {});

}  // namespace vkm::graph::ops
