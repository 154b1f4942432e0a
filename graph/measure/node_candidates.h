#pragma once

#include <graph/graph.h>
#include <graph/kernel_plan.h>

#include <string>
#include <vector>

namespace vkm::graph {

/// A way to lower a node that differs from the plan's default in one choice at most.
struct NodeCandidate {
    engine::Tuning tuning;
    std::string choice;  ///< ", depthwise tile: 4x2"; empty for the default
};

/// Returns the default, then every other candidate of each of the node's choices.
std::vector<NodeCandidate> node_candidates(const Graph&, const Node&, const KernelPlan&);

/// Returns those on matrix units, of a node that only its size keeps off them (KernelDefaults::least_matrix_flops): by
/// default a larger one of its kind has these kernels.
std::vector<NodeCandidate> candidates_of_larger(const Graph&, const Node&, const KernelPlan&);

}  // namespace vkm::graph
