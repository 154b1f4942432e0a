#pragma once

#include <graph/kernels/epilogue.h>

namespace vkm::graph::ops {

/// Has no attributes of its own. ConvolutionOperator holds its prologue and epilogue.
struct Pointwise {};

/// Multiplies matrices, as 1x1 convolutions and fully connected layers do: y[m, n] = sum_k x[m, k] w[k, n]
/// over the M = N*H*W rows of x. Inputs: x {N, H, W, K}, w {1, 1, round_up4(K), C} (WeightLayout::matrix),
/// then what prologue and epilogue ask for (normalisation, channel scale, bias, residual). Output:
/// {N, H, W, C}. Differentiable with an empty prologue and an epilogue of bias only. The operator
/// is a ConvolutionOperator.
std::shared_ptr<const Operator> pointwise(const Epilogue& = {}, const Prologue& = {});

}  // namespace vkm::graph::ops
