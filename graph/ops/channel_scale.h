#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Squeeze-and-excite's scaling: y[n, h, w, c] = x[n, h, w, c] s[n, c]. Inputs: x {N, H, W, C}, s {N, 1, 1,
/// C}.
std::shared_ptr<const Operator> channel_scale();

}  // namespace vkm::graph::ops
