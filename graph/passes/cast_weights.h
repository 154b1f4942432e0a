#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Mixed precision's casts of weights, one a weight, become one cast of the flat parameter buffer; the
/// working weights are then ranges of its result, each at half the offset of its parameter. For a graph after
/// pack_parameters and add_gradients and before the optimizer's node. What nothing casts (batch norm's
/// vectors) is cast along: it is a hundredth of the parameters. Results are the same to the bit.
Graph cast_weights_together(const Graph&);

}  // namespace vkm::graph
