#pragma once

#include <graph/kernels/epilogue.h>
#include <graph/kernels/spatial.h>

#include <optional>

namespace vkm::graph::ops {

struct Depthwise {
    int64_t stride = 1;
    Padding padding = Padding::symmetric;
    Epilogue epilogue = {};
    Prologue prologue = {};
};

/// Depthwise KxK convolution. Inputs: x {N, H, W, C}, w {1, K, K, C} (WeightLayout::depthwise), then the
/// prologue's (no channel scale) and the epilogue's (no residual). Output: {N, Ho, Wo, C}. Differentiable
/// with both empty. The operator is a ConvolutionOperator, and its weight gradient a PrologueOperator with
/// inputs x and dy.
std::shared_ptr<const Operator> depthwise(int64_t stride, Padding, const Epilogue& = {},
                                          const Prologue& = {});

/// How such an operator's kernel slides.
struct DepthwiseWindow {
    int64_t stride = 1;
    Padding padding = Padding::symmetric;
};
/// Nothing for any other operator.
std::optional<DepthwiseWindow> depthwise_window(const Operator&);

}  // namespace vkm::graph::ops
