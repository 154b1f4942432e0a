#include <graph/passes/convolution_node.h>

namespace vkm::graph {

ConvolutionNode as_convolution(const Node& node) {
    ConvolutionNode convolution;
    convolution.op = as<ConvolutionOperator>(node);
    if (!convolution) return convolution;
    size_t next = 0;
    convolution.x = node.inputs.at(next++);
    convolution.w = node.inputs.at(next++);
    if (convolution.op->prologue().normalise) convolution.normalisation = node.inputs.at(next++);
    if (convolution.op->prologue().channel_scale) convolution.scale = node.inputs.at(next++);
    if (convolution.op->epilogue().bias) convolution.bias = node.inputs.at(next++);
    if (convolution.op->epilogue().residual) convolution.residual = node.inputs.at(next++);
    return convolution;
}

Node convolution_node(const std::string& layer, const ConvolutionNode& convolution, Activation activation,
                      std::vector<ValueId> outputs) {
    const Epilogue epilogue{.bias = convolution.bias != no_value,
                            .activation = activation,
                            .residual = convolution.residual != no_value};
    const Prologue prologue{.normalise = convolution.normalisation != no_value,
                            .activation = convolution.op->prologue().activation,
                            .channel_scale = convolution.scale != no_value};
    std::shared_ptr<const Operator> op = convolution.op->with_epilogue(epilogue);
    if (!(prologue == convolution.op->prologue()))
        op = as<ConvolutionOperator>(op.get())->with_prologue(prologue);
    std::vector<ValueId> inputs{convolution.x, convolution.w};
    for (const ValueId id :
         {convolution.normalisation, convolution.scale, convolution.bias, convolution.residual})
        if (id != no_value) inputs.push_back(id);
    return {layer, std::move(op), std::move(inputs), std::move(outputs)};
}

}  // namespace vkm::graph
