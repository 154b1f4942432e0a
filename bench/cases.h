#pragma once

#include <graph/graph.h>
#include <graph/kernel_plan.h>

#include <memory>
#include <string>
#include <vector>

namespace vkm::bench {

/// Holds a network at one batch size, as it is trained or as it is deployed.
struct NetworkGraph {
    std::string model;  ///< "mobilenet_v3_large"; "odd": single operators of odd sizes; "optimizers"
    int64_t batch = 1;
    graph::DType precision = graph::DType::f32;
    bool training = true;
    int64_t input_size = 0;
    graph::Graph graph;
    /// The same network at batch 1, node by node, for the CPU reference to compute;
    /// null where this is batch 1.
    std::shared_ptr<const NetworkGraph> at_batch_1;

    std::string name() const;  ///< "mobilenet_v3_large/b32/fp32/training"
};

struct Selection {
    std::vector<std::string> models;  ///< of graph::models(), "odd" and "optimizers"
    std::vector<int64_t> batches{1, 32, 256};
    std::vector<graph::DType> precisions{graph::DType::f32, graph::DType::f16};
    int64_t input_size = 0;  ///< 0: each network's own
    bool fuse = true;        ///< training networks as they are trained; else an operator a kernel
};

/// Returns one network, without the one at batch 1 to check it by.
NetworkGraph network_graph(const std::string& model, int64_t batch, graph::DType precision, bool training,
                           const Selection&, const graph::KernelPlan&);

/// Returns all networks selected, in the order of the models and by falling batch, so that what matters most
/// comes first where time ends early.
std::vector<std::shared_ptr<const NetworkGraph>> networks(const Selection&, const graph::KernelPlan&);

/// Describes one kernel benchmark: a node of a network whose work no earlier case does.
struct KernelCase {
    std::string name;  ///< "mobilenet_v3_large/b32/fp32/features.3.block.0.0/pointwise"
    std::shared_ptr<const NetworkGraph> network;
    graph::NodeId node_id = -1;

    const graph::Graph& graph() const { return network->graph; }
    const graph::Node& node() const { return graph().nodes()[static_cast<size_t>(node_id)]; }
    /// Returns the network in which to check this node against the CPU reference: its own, or that of batch 1
    /// where the reference would take too long.
    const NetworkGraph& checked_in() const;
};

/// Returns the networks' nodes with their dispatches on this device, each work once: two nodes do the same
/// work if their kernels, constants, push constants and workgroups are equal.
std::vector<KernelCase> kernel_cases(const std::vector<std::shared_ptr<const NetworkGraph>>&,
                                     const graph::KernelPlan&);

/// Returns whether whole steps of it can be measured.
bool is_network(std::string_view model);
const char* precision_name(graph::DType);
/// Returns "32x28x28x80 x 1x1x80x240 -> 32x28x28x240".
std::string shapes_text(const graph::Graph&, const graph::Node&);

}  // namespace vkm::bench
