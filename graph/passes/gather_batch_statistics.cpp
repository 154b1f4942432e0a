#include <graph/kernels/epilogue.h>
#include <graph/ops/batch_norm.h>
#include <graph/passes/gather_batch_statistics.h>
#include <graph/passes/uses.h>

namespace vkm::graph {

Graph gather_batch_statistics(const Graph& original) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (Node& node : nodes) {
        if (!as<ops::BatchStatistics>(node)) continue;
        const std::optional<size_t> made = producer_of(nodes, node.inputs.at(0));
        const auto* convolution = made ? as<ConvolutionOperator>(nodes[*made]) : nullptr;
        if (!convolution || convolution->epilogue().statistics) continue;
        Epilogue epilogue = convolution->epilogue();
        epilogue.statistics = true;
        nodes[*made].op = convolution->with_epilogue(epilogue);
        nodes[*made].outputs.push_back(node.outputs.at(0));
        node.op = nullptr;
    }
    drop_fused(nodes);
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
