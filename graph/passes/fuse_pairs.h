#pragma once

#include <graph/graph.h>

#include <functional>
#include <optional>

namespace vkm::graph {

/// One node that computes what `producer` and then `reader` (which reads the producer's output as input
/// `position`) compute, its outputs the reader's; or nothing. May add values to the graph.
using PairRule =
    std::function<std::optional<Node>(Graph&, const Node& producer, const Node& reader, size_t position)>;

/// Applies a rule, in order of execution, to every pair whose intermediate value nobody else sees. A node
/// that its operator's shape rule refuses is not made (a depthwise convolution adds no residual). Values keep
/// their ids; those fused away are left without producer and readers (see remove_unused). A fused producer
/// runs later than it did: pairs between which something updates in place what the producer reads, or reads
/// what it updates, are left alone.
Graph fuse_pairs(const Graph&, const PairRule&);

/// Whether the operator's shape rule agrees: the inputs fit, and the outputs are what the graph says.
bool is_possible(const Graph&, const Node&);

}  // namespace vkm::graph
