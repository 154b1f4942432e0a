#pragma once

#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/prologue.h>

namespace vkm::graph::ops {

struct PointwiseInputGrad {
    int64_t in_channels = 0;
};
/// Computes dx[m, k] = sum_n dy[m, n] w[k, n]. Inputs: dy {N, H, W, C}, w {1, 1, round_up4(K), C} as the
/// forward convolution stores it, then the epilogue's. Output: {N, H, W, K}, K = in_channels, and the
/// epilogue's. The operator is an InputGradOperator and a GradientReader.
std::shared_ptr<const Operator> pointwise_input_grad(int64_t in_channels, const GradientEpilogue& = {});

struct PointwiseWeightGrad {};
/// Computes dw[k, n] = sum_m x[m, k] dy[m, n]. Inputs: x {N, H, W, K}, dy {N, H, W, C}, then the
/// prologue's, applied to x. Output: fp32 {1, 1, round_up4(K), C}. The operator is a
/// PrologueOperator and a GradientReader.
std::shared_ptr<const Operator> pointwise_weight_grad(const Prologue& = {});

}  // namespace vkm::graph::ops
