#pragma once

#include <graph/graph.h>

#include <span>
#include <vector>

namespace vkm::graph {

/// Holds several graphs of one model as one, which runs them one behind the other.
struct ChainedGraph {
    Graph graph;
    /// By graph and then by its ValueId: the same value here.
    std::vector<std::vector<ValueId>> moved;
    /// Where each graph's nodes begin.
    std::vector<size_t> begins;
};

/// Chains graphs. What stays on a device (parameters, gradients, running statistics, …) is one value of each name for
/// all of them; inputs, metrics and what lies between are each graph's own. Values of the last graph keep their ids. A graph
/// may be given several times: what it makes of weights alone, such as their copies in half precision, is then made once.
ChainedGraph chain(std::span<const Graph* const>);

}  // namespace vkm::graph
