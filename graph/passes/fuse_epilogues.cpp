#include <graph/ops/add.h>
#include <graph/ops/channel_scale.h>
#include <graph/passes/convolution_node.h>
#include <graph/passes/fuse_epilogues.h>
#include <graph/passes/fuse_pairs.h>

namespace vkm::graph {
namespace {

std::optional<Node> fuse_activation(const Node& producer, const Node& reader) {
    const auto* activation = as<ops::ActivationLayer>(reader);
    const ConvolutionNode convolution = as_convolution(producer);
    if (!activation || !convolution || convolution.residual != no_value) return {};
    if (convolution.op->epilogue().activation != Activation::none) return {};
    return convolution_node(producer.layer, convolution, activation->f, reader.outputs);
}

std::optional<Node> fuse_residual(const Node& producer, const Node& reader, size_t position) {
    ConvolutionNode convolution = as_convolution(producer);
    if (!as<ops::Add>(reader) || !convolution || convolution.residual != no_value) return {};
    convolution.residual = reader.inputs.at(1 - position);
    return convolution_node(producer.layer, convolution, convolution.op->epilogue().activation,
                            reader.outputs);
}

}  // namespace

Graph fuse_epilogues(const Graph& graph) {
    return fuse_pairs(graph, [](Graph&, const Node& producer, const Node& reader, size_t position) {
        auto fused = fuse_activation(producer, reader);
        return fused ? fused : fuse_residual(producer, reader, position);
    });
}

Graph fuse_channel_scale(const Graph& graph) {
    return fuse_pairs(
        graph, [](Graph&, const Node& producer, const Node& reader, size_t position) -> std::optional<Node> {
            ConvolutionNode convolution = as_convolution(reader);
            if (!as<ops::ChannelScale>(producer) || !convolution || position != 0 ||
                convolution.scale != no_value)
                return {};
            convolution.x = producer.inputs.at(0);
            convolution.scale = producer.inputs.at(1);
            Node fused = convolution_node(reader.layer, convolution, convolution.op->epilogue().activation,
                                          reader.outputs);
            return fused.op ? std::optional(std::move(fused)) : std::nullopt;
        });
}

}  // namespace vkm::graph
