#pragma once

#include <graph/ops/depthwise.h>

namespace vkm::graph::ops {

struct DepthwiseInputGrad {
    Depthwise depthwise;
    Shape input;
};
/// Sums into dx[iy, ix] what the outputs that read it make of it: dy w. Inputs: dy {N, Ho, Wo, C},
/// w {1, K, K, C}, then the epilogue's. Output: dx, shaped as `input`, and the epilogue's. The operator is an
/// InputGradOperator and a GradientReader.
std::shared_ptr<const Operator> depthwise_input_grad(const Depthwise&, const Shape& input);

struct DepthwiseWeightGrad {
    Depthwise depthwise;
    Shape weights;
};
/// Sums x dy into dw[ky, kx], over images and outputs. Inputs: x, dy, then the prologue's, applied
/// to x. Output: fp32, shaped as `weights`. The operator is a PrologueOperator (no channel scale)
/// and a GradientReader.
std::shared_ptr<const Operator> depthwise_weight_grad(const Depthwise&, const Shape& weights);

}  // namespace vkm::graph::ops
