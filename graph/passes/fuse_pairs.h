#pragma once

#include <graph/graph.h>

#include <functional>
#include <optional>

namespace vkm::graph {

/// Returns one node that computes what `producer` and then `reader` compute, with the reader's outputs, or
/// nothing where there is no such node. The reader reads the producer's output as its input `position`. May
/// add values to the graph.
using PairRule =
    std::function<std::optional<Node>(Graph&, const Node& producer, const Node& reader, size_t position)>;

/// Applies a rule, in order of execution, to every pair whose intermediate value nobody else sees. Leaves a
/// pair alone where the operator's shape rule refuses the fused node (a depthwise convolution adds no
/// residual). A fused producer runs later than it did: also leaves alone pairs between which something
/// updates in place what the producer reads, or reads what the producer updates. Values keep their ids; those
/// fused away are left without producer and readers (see remove_unused).
Graph fuse_pairs(const Graph&, const PairRule&);

/// Returns whether the operator's shape rule agrees: the inputs fit, and the outputs are what the graph says.
bool is_possible(const Graph&, const Node&);

}  // namespace vkm::graph
