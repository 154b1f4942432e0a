#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>

namespace vkm::graph {

/// The fusions a device's plan chooses, for a training graph after add_gradients. Results are those of the
/// graph it was, but for rounding where tensors are stored in half precision. See fuse_prologues.h.
Graph fuse_training(const Graph&, const Fusion& = {});

}  // namespace vkm::graph
