#pragma once

#include <graph/lower/program.h>

#include <span>
#include <string>
#include <vector>

namespace vkm::graph {

/// Counts what a node asks of a device's memory and arithmetic.
struct Traffic {
    double flops = 0;         ///< two a multiply-add, of convolutions and fully connected layers
    double matrix_flops = 0;  ///< those of them that run on matrix units
    double bytes = 0;         ///< planned: what its dispatches bind, read or written; scratch included
    double least_bytes = 0;   ///< its inputs read and its outputs written once
    size_t dispatches = 0;

    Traffic& operator+=(const Traffic&);
};

/// Returns the traffic of one node of a graph that was lowered to this program.
Traffic traffic_of(const Graph&, NodeId, const Program&);

/// Holds a node's traffic, and the time of its dispatches where that was measured.
struct NodeTraffic {
    std::string layer, operation;  ///< "features.1.block.0.0", "depthwise"
    Traffic traffic;
    double microseconds = 0;
};

/// Returns the traffic of all nodes in order. `times`: of the program's dispatches in order, or none.
std::vector<NodeTraffic> traffic_by_node(const Graph&, const Program&,
                                         std::span<const engine::DispatchTime> times = {});

/// Returns the bytes of the activations that a training graph keeps from forward to backward: of what is
/// produced up to the node of the loss and read after it.
int64_t stored_activation_bytes(const Graph&, ValueId loss);

}  // namespace vkm::graph
