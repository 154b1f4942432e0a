#include <graph/kernels/epilogue.h>
#include <graph/passes/gather_batch_statistics.h>

namespace vkm::graph {

Graph gather_batch_statistics(const Graph& original) {
    Graph graph = original;
    std::vector<Node> nodes;
    std::vector<size_t> position(graph.values().size());  // of a value's producer in nodes
    for (const Node& node : graph.nodes()) {
        if (node.op->name() == "batch_statistics" && graph.value(node.inputs.at(0)).producer >= 0) {
            Node& producer = nodes[position[static_cast<size_t>(node.inputs[0])]];
            const auto* convolution = dynamic_cast<const ConvolutionOperator*>(producer.op.get());
            if (convolution && !convolution->epilogue().statistics) {
                Epilogue epilogue = convolution->epilogue();
                epilogue.statistics = true;
                producer.op = convolution->with_epilogue(epilogue);
                producer.outputs.push_back(node.outputs.at(0));
                continue;
            }
        }
        for (const ValueId id : node.outputs)
            position[static_cast<size_t>(id)] = nodes.size();
        nodes.push_back(node);
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
