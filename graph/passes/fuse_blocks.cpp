#include <graph/ops/depthwise.h>
#include <graph/ops/inverted_residual.h>
#include <graph/ops/pointwise.h>
#include <graph/passes/convolution_node.h>
#include <graph/passes/fuse_blocks.h>
#include <graph/passes/fuse_pairs.h>

namespace vkm::graph {
namespace {

// Returns whether the shader of blocks computes it. Its idle channels must stay zero through the activation,
// which they do through all but one.
bool belongs_in_block(const ConvolutionNode& convolution) {
    if (!convolution) return false;
    const Epilogue epilogue = convolution.op->epilogue();
    return epilogue.bias && !epilogue.statistics && epilogue.activation != Activation::hard_sigmoid &&
           convolution.op->prologue() == Prologue{};
}

BlockConvolution block_convolution(const Node& node) {
    return {node.layer, std::dynamic_pointer_cast<const ConvolutionOperator>(node.op)};
}

std::optional<Node> depthwise_and_project(const Node& producer, const Node& reader, size_t position) {
    const ConvolutionNode depthwise = as_convolution(producer), project = as_convolution(reader);
    if (position != 0 || !belongs_in_block(depthwise) || !belongs_in_block(project) ||
        !as<ops::Depthwise>(producer) || !as<ops::Pointwise>(reader))
        return {};
    std::vector<ValueId> inputs{depthwise.x, depthwise.w, depthwise.bias, project.w, project.bias};
    if (project.residual != no_value) inputs.push_back(project.residual);
    return Node{reader.layer,
                ops::inverted_residual({{}, block_convolution(producer), block_convolution(reader)}),
                std::move(inputs), reader.outputs};
}

std::optional<Node> expansion(const Node& producer, const Node& reader, size_t position) {
    const auto* block = as<InvertedResidual>(reader);
    const ConvolutionNode expand = as_convolution(producer);
    if (position != 0 || !block || block->expand || !belongs_in_block(expand) ||
        !as<ops::Pointwise>(producer) || expand.residual != no_value)
        return {};
    std::vector<ValueId> inputs{expand.x, expand.w, expand.bias};
    inputs.insert(inputs.end(), reader.inputs.begin() + 1, reader.inputs.end());
    InvertedResidual whole = *block;
    whole.expand = block_convolution(producer);
    return Node{reader.layer, ops::inverted_residual(whole), std::move(inputs), reader.outputs};
}

}  // namespace

Graph fuse_blocks(const Graph& graph) {
    return fuse_pairs(graph, [](Graph&, const Node& producer, const Node& reader, size_t position) {
        auto fused = depthwise_and_project(producer, reader, position);
        return fused ? fused : expansion(producer, reader, position);
    });
}

}  // namespace vkm::graph
