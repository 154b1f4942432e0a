#include <graph/operator.h>
#include <graph/ops/augment.h>
#include <graph/ops/epilogue.h>
#include <graph/passes/half_precision.h>

namespace vkm::graph {

Graph store_as_half(Graph graph) {
    std::vector<Node> nodes = graph.nodes();
    for (Node& node : nodes) {
        if (const auto* augment = dynamic_cast<const OperatorWith<ops::Augment>*>(node.op.get())) {
            ops::Augment half = augment->attributes();
            half.output = DType::f16;
            node.op = ops::augment(half);
        }
        if (dynamic_cast<const ConvolutionOperator*>(node.op.get()) != nullptr)
            graph.value(node.inputs.at(1)).type.dtype = DType::f16;
        std::vector<TensorType> inputs;
        for (const ValueId id : node.inputs) inputs.push_back(graph.type(id));
        const std::vector<TensorType> outputs = node.op->infer(inputs);
        for (size_t i = 0; i < outputs.size(); ++i) graph.value(node.outputs[i]).type = outputs[i];
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
