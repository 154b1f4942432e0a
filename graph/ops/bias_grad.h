#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Sums the gradient of a per-channel bias over N, H and W: dy {N, H, W, C} -> fp32 {1, 1, 1, C}.
std::shared_ptr<const Operator> bias_grad();

}  // namespace vkm::graph::ops
