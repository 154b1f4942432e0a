#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Names the operator.
struct BiasGrad {};

/// Counts the tensors of which one node can make the gradients.
constexpr size_t most_bias_grads = 4;

/// Sums the gradients of per-channel biases over N, H and W: each dy {N, H, W, C} -> fp32 {1, 1, 1, C}. Inputs are up to
/// most_bias_grads tensors of one element type, outputs as many. Throws ShapeError for others.
std::shared_ptr<const Operator> bias_grad();

}  // namespace vkm::graph::ops
