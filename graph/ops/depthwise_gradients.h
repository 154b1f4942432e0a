#pragma once

#include <graph/ops/batch_norm_grad.h>
#include <graph/ops/depthwise.h>

namespace vkm::graph::ops {

/// Says which depthwise convolution, of which input and weights, both gradients are of, and which batch norm and activation
/// make its input.
struct DepthwiseGradients {
    Depthwise depthwise;
    Shape input, weights;
    BatchNormSums batch_norm;
};
/// Computes both gradients of a depthwise convolution between two batch norms at once. Inputs: those of depthwise_input_grad
/// that forms its gradient and gathers batch norm's sums: dy {N, Ho, Wo, C}, w, x, its normalisation and statistics, y and
/// its coefficients. Outputs: those of that, then dw, fp32, shaped as `weights`. passes/fuse_depthwise_gradients.h makes it.
std::shared_ptr<const Operator> depthwise_gradients(const DepthwiseGradients&);

}  // namespace vkm::graph::ops
