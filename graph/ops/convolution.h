#pragma once

#include <graph/kernels/epilogue.h>
#include <graph/kernels/spatial.h>

namespace vkm::graph::ops {

/// Says how the kernel slides, and what is fused.
struct Convolution {
    int64_t stride = 1;
    Padding padding = Padding::symmetric;
    Epilogue epilogue = {};
};

/// Convolves densely, KxK (the stem). Inputs: x {N, H, W, Cin}, w {K, K, round_up4(Cin), Cout}
/// (WeightLayout::dense), then the epilogue's. Output: {N, Ho, Wo, Cout}. Differentiable with an empty
/// epilogue. The operator is a ConvolutionOperator.
std::shared_ptr<const Operator> convolution(int64_t stride, Padding, const Epilogue& = {});

}  // namespace vkm::graph::ops
