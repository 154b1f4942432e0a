#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Describes a parameter's place in the flat buffer of parameters (flat_buffers.h): rows of quads, an output
/// channel a column in every layout. Gradients and what an optimizer keeps lie alike.
struct ParameterRange {
    std::string name;
    int64_t first_quad = 0, rows = 0, row_quads = 0;
    bool vector = false;      ///< of one dimension: batch norm's, or a bias
    bool batch_norm = false;  ///< gamma or beta
    double decay = 1;         ///< its share of the weight decay: 0 or 1

    int64_t quads() const { return rows * row_quads; }
};
using ParameterRanges = std::vector<ParameterRange>;

/// Parameters' ranges begin at multiples of so many quads.
constexpr int64_t range_alignment_quads = 32;

/// Returns the packed parameters of a graph in the flat buffer's order, the last of the network first. The
/// graph's batch norms are still nodes of their own: it is not fused yet.
ParameterRanges parameter_ranges(const Graph&);

}  // namespace vkm::graph
