#pragma once

#include <graph/graph.h>

#include <string>
#include <vector>

namespace vkm::graph {

/// Describes one node of a network.
struct LayerSummary {
    std::string layer, operation;  ///< "features.1.block.0.0", "depthwise"
    Shape output;
    int64_t parameters = 0;  ///< trained, without padding; one that several nodes read counts for the first
    int64_t multiply_adds = 0;
};

struct Summary {
    std::vector<LayerSummary> layers;
    int64_t parameters = 0, multiply_adds = 0;
};

Summary summarise(const Graph&);

/// Returns a table for people: a line a layer, and the totals.
std::string table(const Summary&);

}  // namespace vkm::graph
