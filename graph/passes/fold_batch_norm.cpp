#include <graph/ops/batch_norm.h>
#include <graph/passes/convolution_node.h>
#include <graph/passes/fold_batch_norm.h>
#include <graph/passes/fuse_pairs.h>
#include <graph/passes/uses.h>

#include <cmath>

namespace vkm::graph {
namespace {

ParameterInfo bias_of(const Node& convolution, const ParameterInfo& weight) {
    return {.name = convolution.layer + ".bias",
            .torch_shape = {weight.torch_shape.at(0)},
            .layout = WeightLayout::vector,
            .initialiser = Initialiser::zeros};
}

}  // namespace

FoldedGraph fold_batch_norm(const Graph& graph) {
    for (const Node& node : graph.nodes())
        if (!node.op->updates().empty())
            throw Error("{} ({}) updates values in place: batch norm is folded in evaluation graphs only",
                        node.layer, node.op->name());
    FoldedGraph folded;
    folded.graph = fuse_pairs(
        graph,
        [&](Graph& values, const Node& producer, const Node& reader, size_t position) -> std::optional<Node> {
            const auto* norm = as<ops::BatchNormInference>(reader);
            ConvolutionNode convolution = as_convolution(producer);
            if (!norm || position != 0 || !convolution) return {};
            if (convolution.residual != no_value || convolution.op->epilogue().activation != Activation::none)
                return {};
            if (!is_own_parameter(values, convolution.w)) return {};
            Folding folding{.w = convolution.w,
                            .convolution_bias = convolution.bias,
                            .gamma = reader.inputs.at(1),
                            .beta = reader.inputs.at(2),
                            .mean = reader.inputs.at(3),
                            .variance = reader.inputs.at(4),
                            .epsilon = norm->epsilon};
            const ParameterInfo info = *values.value(convolution.w).info;
            folding.weight = values.parameter(info);
            values.value(folding.weight).type = values.type(convolution.w);
            convolution.w = folding.weight;
            convolution.bias = folding.bias = values.parameter(bias_of(producer, info));
            folded.foldings.push_back(folding);
            return convolution_node(producer.layer, convolution, norm->activation, reader.outputs);
        });
    const std::vector<size_t> reads = reads_by_value(folded.graph);
    std::erase_if(folded.foldings,
                  [&](const Folding& f) { return reads[static_cast<size_t>(f.weight)] == 0; });
    return folded;
}

FoldedWeights fold_weights(const Folding& folding, const WeightSource& original) {
    const HostTensor gamma = original(folding.gamma), beta = original(folding.beta);
    const HostTensor mean = original(folding.mean), variance = original(folding.variance);
    const HostTensor own =
        folding.convolution_bias == no_value ? HostTensor(gamma.shape) : original(folding.convolution_bias);
    // Output channels are innermost in every layout.
    FoldedWeights folded{.weight = original(folding.w), .bias = HostTensor(gamma.shape)};
    for (int64_t c = 0; c < gamma.shape.c; ++c) {
        const double scale = gamma.at(0, c) / std::sqrt(variance.at(0, c) + folding.epsilon);
        folded.bias.at(0, c) = beta.at(0, c) + (own.at(0, c) - mean.at(0, c)) * scale;
        for (int64_t row = 0; row < folded.weight.shape.rows(); ++row)
            folded.weight.at(row, c) *= scale;
    }
    return folded;
}

}  // namespace vkm::graph
