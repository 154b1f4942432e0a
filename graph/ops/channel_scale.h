#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct ChannelScale {};

/// Scales as squeeze-and-excite does: y[n, h, w, c] = x[n, h, w, c] s[n, c]. Inputs:
/// x {N, H, W, C}, s {N, 1, 1, C}.
std::shared_ptr<const Operator> channel_scale();

/// Adds up both parts of x's gradient through squeeze-and-excite, scale and mean: dx[n, h, w, c] =
/// dy[n, h, w, c] s[n, c] + d[n, c] / (H W). Inputs: dy {N, H, W, C}, s and d {N, 1, 1, C}.
std::shared_ptr<const Operator> squeeze_excite_grad();

}  // namespace vkm::graph::ops
