#pragma once

#include <graph/kernels/epilogue.h>
#include <graph/kernels/spatial.h>

namespace vkm::graph::ops {

/// Says how the kernel slides. ConvolutionOperator holds its prologue and epilogue.
struct Depthwise {
    int64_t stride = 1;
    Padding padding = Padding::symmetric;
};

/// Convolves every channel on its own, KxK. Inputs: x {N, H, W, C}, w {1, K, K, C} (WeightLayout::depthwise),
/// then the prologue's (no channel scale) and the epilogue's (no residual). Output: {N, Ho, Wo, C}.
/// Differentiable with both empty. The operator is a ConvolutionOperator; its weight gradient is a
/// PrologueOperator with inputs x and dy.
std::shared_ptr<const Operator> depthwise(int64_t stride, Padding, const Epilogue& = {},
                                          const Prologue& = {});

}  // namespace vkm::graph::ops
