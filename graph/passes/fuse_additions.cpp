#include <graph/kernels/gradient_epilogue.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/channel_scale.h>
#include <graph/passes/fuse_additions.h>
#include <graph/passes/fuse_pairs.h>

#include <algorithm>

namespace vkm::graph {
namespace {

std::optional<Node> batch_norm_and_add(const Node& producer, const Node& reader, size_t position) {
    if (producer.op->name() != "batch_norm" || reader.op->name() != "add") return {};
    ops::BatchNorm attributes = dynamic_cast<const OperatorWith<ops::BatchNorm>&>(*producer.op).attributes();
    if (attributes.residual) return {};
    attributes.residual = true;
    Node fused{producer.layer, ops::batch_norm(attributes), producer.inputs, reader.outputs};
    fused.inputs.push_back(reader.inputs.at(1 - position));
    return fused;
}

std::optional<Node> input_grad_and_add(const Node& producer, const Node& reader, size_t position) {
    const auto* op = dynamic_cast<const InputGradOperator*>(producer.op.get());
    if (!op || op->epilogue().inputs() > 0) return {};
    Node fused{producer.layer, op->with_epilogue({.residual = true}), producer.inputs, reader.outputs};
    if (!fused.op) return {};
    fused.inputs.push_back(reader.inputs.at(1 - position));
    return fused;
}

std::optional<Node> scale_and_mean(const Graph& graph, const Node& producer, const Node& reader,
                                   size_t position) {
    if (producer.op->name() != "channel_scale") return {};
    const NodeId other = graph.value(reader.inputs.at(1 - position)).producer;
    if (other < 0) return {};
    const Node& mean = graph.nodes()[static_cast<size_t>(other)];
    if (mean.op->name() != "global_average_pool_grad") return {};
    return Node{producer.layer,
                ops::squeeze_excite_grad(),
                {producer.inputs[0], producer.inputs[1], mean.inputs[0]},
                reader.outputs};
}

// Nodes that only produce activations nobody reads are left out.
Graph without_dead_nodes(Graph graph) {
    std::vector<bool> read(graph.values().size(), false);
    for (const Node& node : graph.nodes())
        for (const ValueId id : node.inputs)
            for (ValueId of = id; of != no_value; of = graph.value(of).view_of)
                read[static_cast<size_t>(of)] = true;
    std::vector<Node> nodes = graph.nodes();
    std::erase_if(nodes, [&](const Node& node) {
        return node.op->updates().empty() && std::ranges::all_of(node.outputs, [&](ValueId id) {
                   return !read[static_cast<size_t>(id)] && graph.value(id).role == Role::activation;
               });
    });
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace

Graph add_in_batch_norm(const Graph& graph) {
    return fuse_pairs(graph, [](Graph&, const Node& producer, const Node& reader, size_t position) {
        return batch_norm_and_add(producer, reader, position);
    });
}

Graph add_in_gradients(const Graph& graph) {
    return without_dead_nodes(
        fuse_pairs(graph, [](const Graph& g, const Node& producer, const Node& reader, size_t position) {
            if (reader.op->name() != "add") return std::optional<Node>{};
            auto fused = input_grad_and_add(producer, reader, position);
            return fused ? fused : scale_and_mean(g, producer, reader, position);
        }));
}

}  // namespace vkm::graph
