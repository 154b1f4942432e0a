#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Takes the mean over H and W: {N, H, W, C} -> {N, 1, 1, C}.
std::shared_ptr<const Operator> global_average_pool();

/// Spreads the pool's gradient: dx = dy / (H W) at every pixel. Input: dy.
struct GlobalAveragePoolGrad {
    int64_t height = 1, width = 1;
};

}  // namespace vkm::graph::ops
