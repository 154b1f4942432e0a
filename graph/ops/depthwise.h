#pragma once

#include <graph/kernels/epilogue.h>
#include <graph/kernels/spatial.h>

namespace vkm::graph::ops {

/// How the kernel slides. See ConvolutionOperator for its prologue and epilogue.
struct Depthwise {
    int64_t stride = 1;
    Padding padding = Padding::symmetric;
};

/// Depthwise KxK convolution. Inputs: x {N, H, W, C}, w {1, K, K, C} (WeightLayout::depthwise), then the
/// prologue's (no channel scale) and the epilogue's (no residual). Output: {N, Ho, Wo, C}. Differentiable
/// with both empty. The operator is a ConvolutionOperator, and its weight gradient a PrologueOperator with
/// inputs x and dy.
std::shared_ptr<const Operator> depthwise(int64_t stride, Padding, const Epilogue& = {},
                                          const Prologue& = {});

}  // namespace vkm::graph::ops
