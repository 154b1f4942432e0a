#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Replaces mixed precision's casts of weights, one a weight, by one cast of the flat parameter buffer. The
/// working weights are then ranges of its result, each at half the offset of its parameter. Runs on a graph
/// after pack_parameters and add_gradients and before the optimizer's node. Parameters that nothing casts
/// (batch norm's vectors) are cast along: they are a hundredth of all. Results are the same to the bit.
Graph cast_weights_together(const Graph&);

}  // namespace vkm::graph
