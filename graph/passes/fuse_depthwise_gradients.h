#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Computes both gradients of a depthwise convolution in one node, where they read the same: a gradient that both form as
/// they load it, and an input that one normalises and the other takes a batch norm's sums of.
///     depthwise_input_grad and depthwise_weight_grad   becomes   depthwise_gradients
/// A device that gains nothing by it computes them one after the other, as before. After batch_norm_grad_on_load. Values
/// keep their ids.
Graph fuse_depthwise_gradients(const Graph&);

}  // namespace vkm::graph
