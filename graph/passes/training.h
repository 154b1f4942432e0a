#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>

namespace vkm::graph {

/// Applies the fusions that a device's plan chooses to a training graph, after add_gradients. Results stay
/// the same, but for rounding where tensors are stored in half precision. See fuse_prologues.h.
Graph fuse_training(const Graph&, const Fusion& = {});

}  // namespace vkm::graph
