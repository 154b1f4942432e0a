#pragma once

#include <graph/graph.h>

#include <vector>

namespace vkm::graph {

struct CompactGraph {
    Graph graph;
    std::vector<ValueId> moved;  ///< by ValueId of the original: the same value here, or no_value
};

/// Returns the graph without values that no node reads or writes; what the host writes or reads stays.
/// Parameters that passes left unused then take no memory. Throws Error after pack_parameters.
CompactGraph remove_unused(const Graph&);

}  // namespace vkm::graph
