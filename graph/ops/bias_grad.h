#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Gradient of a per-channel bias: dy {N, H, W, C} -> fp32 {1, 1, 1, C}, the sum over N, H and W.
std::shared_ptr<const Operator> bias_grad();

}  // namespace vkm::graph::ops
