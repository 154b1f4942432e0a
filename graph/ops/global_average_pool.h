#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// {N, H, W, C} -> {N, 1, 1, C}: the mean over H and W.
std::shared_ptr<const Operator> global_average_pool();

}  // namespace vkm::graph::ops
