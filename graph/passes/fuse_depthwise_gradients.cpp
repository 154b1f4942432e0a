#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/ops/depthwise_gradients.h>
#include <graph/passes/fuse_depthwise_gradients.h>
#include <graph/passes/uses.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Returns the inputs that a weight gradient of the same convolution has, where it can be fused with this input gradient.
std::vector<ValueId> partner_inputs(const Node& input_grad) {
    const std::vector<ValueId>& in =
        input_grad.inputs;  // dy, w, x, normalisation, statistics, y, coefficients
    return {in.at(2), in.at(0), in.at(3), in.at(5), in.at(6)};
}

bool are_partners(const Node& input_grad, const Node& weight_grad) {
    const auto* dx = as<ops::DepthwiseInputGrad>(input_grad);
    const auto* dw = as<ops::DepthwiseWeightGrad>(weight_grad);
    if (!dw || !as<GradientReader>(weight_grad)->forms_gradient()) return false;
    const Prologue prologue = as<PrologueOperator>(weight_grad)->prologue();
    return prologue.normalise &&
           prologue.activation == as<InputGradOperator>(input_grad)->epilogue().batch_norm->activation &&
           dw->depthwise.stride == dx->depthwise.stride && dw->depthwise.padding == dx->depthwise.padding &&
           weight_grad.inputs == partner_inputs(input_grad);
}

// Fuses the input gradient at `at` with its partner, which is left without operator.
void fuse_with_partner(const Graph& graph, std::vector<Node>& nodes, size_t at) {
    const auto* dx = as<ops::DepthwiseInputGrad>(nodes[at]);
    if (!dx || !as<GradientReader>(nodes[at])->forms_gradient()) return;
    const GradientEpilogue& epilogue = as<InputGradOperator>(nodes[at])->epilogue();
    if (epilogue.residual || !epilogue.batch_norm) return;
    const auto partner =
        std::ranges::find_if(nodes, [&](const Node& node) { return are_partners(nodes[at], node); });
    if (partner == nodes.end()) return;

    // The earlier one then runs where the later one does.
    const auto other = static_cast<size_t>(partner - nodes.begin());
    const auto [first, last] = std::minmax(at, other);
    const auto between = std::span<const Node>(nodes).subspan(first + 1, last - first - 1);
    if (!may_run_behind(graph, nodes[first], between)) return;
    for (const ValueId made : nodes[first].outputs)
        if (std::ranges::any_of(between, [&](const Node& node) { return reads(node, made); })) return;

    Node fused{nodes[at].layer,
               ops::depthwise_gradients({.depthwise = dx->depthwise,
                                         .input = dx->input,
                                         .weights = as<ops::DepthwiseWeightGrad>(*partner)->weights,
                                         .batch_norm = *epilogue.batch_norm}),
               nodes[at].inputs, nodes[at].outputs};
    fused.outputs.push_back(partner->outputs.at(0));
    nodes[first].op = nullptr;
    nodes[last] = std::move(fused);
}

}  // namespace

Graph fuse_depthwise_gradients(const Graph& original) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (size_t i = 0; i < nodes.size(); ++i)
        fuse_with_partner(graph, nodes, i);
    drop_fused(nodes);
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
