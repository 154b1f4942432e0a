#pragma once

#include <graph/ops/depthwise.h>

namespace vkm::graph::ops {

struct DepthwiseInputGrad {
    Depthwise depthwise;
    Shape input;
};
/// dx[iy, ix] = sum over the outputs that read it of dy w. Inputs: dy {N, Ho, Wo, C}, w {1, K, K, C}, then the
/// epilogue's. Output: dx, shaped as `input`, and the epilogue's. An InputGradOperator and GradientReader.
std::shared_ptr<const Operator> depthwise_input_grad(const Depthwise&, const Shape& input);

struct DepthwiseWeightGrad {
    Depthwise depthwise;
    Shape weights;
};
/// dw[ky, kx] = sum over images and outputs of x dy. Inputs: x, dy, then the prologue's, applied to x. Output:
/// fp32, shaped as `weights`. A PrologueOperator (no channel scale) and GradientReader.
std::shared_ptr<const Operator> depthwise_weight_grad(const Depthwise&, const Shape& weights);

}  // namespace vkm::graph::ops
