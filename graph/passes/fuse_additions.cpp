#include <graph/kernels/gradient_epilogue.h>
#include <graph/ops/add.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/global_average_pool.h>
#include <graph/passes/fuse_additions.h>
#include <graph/passes/fuse_pairs.h>
#include <graph/passes/uses.h>

namespace vkm::graph {
namespace {

std::optional<Node> batch_norm_and_add(const Node& producer, const Node& reader, size_t position) {
    const auto* norm = as<ops::BatchNorm>(producer);
    if (!norm || norm->residual || !as<ops::Add>(reader)) return {};
    ops::BatchNorm attributes = *norm;
    attributes.residual = true;
    Node fused{producer.layer, ops::batch_norm(attributes), producer.inputs, reader.outputs};
    fused.inputs.push_back(reader.inputs.at(1 - position));
    return fused;
}

std::optional<Node> input_grad_and_add(const Node& producer, const Node& reader, size_t position) {
    const auto* op = as<InputGradOperator>(producer);
    if (!op || op->epilogue().inputs() > 0) return {};
    Node fused{producer.layer, op->with_epilogue({.residual = true}), producer.inputs, reader.outputs};
    if (!fused.op) return {};
    fused.inputs.push_back(reader.inputs.at(1 - position));
    return fused;
}

std::optional<Node> scale_and_mean(const Graph& graph, const Node& producer, const Node& reader,
                                   size_t position) {
    if (!as<ops::ChannelScale>(producer)) return {};
    const NodeId other = graph.value(reader.inputs.at(1 - position)).producer;
    if (other < 0) return {};
    const Node& mean = graph.nodes()[static_cast<size_t>(other)];
    if (!as<ops::GlobalAveragePoolGrad>(mean)) return {};
    return Node{producer.layer,
                ops::squeeze_excite_grad(),
                {producer.inputs[0], producer.inputs[1], mean.inputs[0]},
                reader.outputs};
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
            if (!as<ops::Add>(reader)) return std::optional<Node>{};
            auto fused = input_grad_and_add(producer, reader, position);
            return fused ? fused : scale_and_mean(g, producer, reader, position);
        }));
}

}  // namespace vkm::graph
