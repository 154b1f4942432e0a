#pragma once

#include <graph/graph.h>

namespace vkm::bench {

/// Returns a graph of nothing but updates: one by each optimizer that there is, and what bounds gradients, over
/// the parameters of V3-Large.
graph::Graph optimizer_cases();

}  // namespace vkm::bench
