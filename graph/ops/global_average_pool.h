#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// {N, H, W, C} -> {N, 1, 1, C}: the mean over H and W.
std::shared_ptr<const Operator> global_average_pool();

/// The gradient of the pool: dx = dy / (H W) at every pixel. Input: dy.
struct GlobalAveragePoolGrad {
    int64_t height = 1, width = 1;
};

}  // namespace vkm::graph::ops
