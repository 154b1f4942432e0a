#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/batch_norm_grad.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/passes/fuse_batch_norm_grad.h>
#include <graph/passes/uses.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Returns the coefficients of the batch norm whose sums the node makes; no_value where there are none.
ValueId normalisation_of(const std::vector<Node>& nodes, const Node& sums, Activation activation) {
    const ValueId statistics = sums.inputs.at(2), gamma = sums.inputs.at(3);
    if (activation == Activation::none) return statistics;  // their first row is all that is read
    for (const Node& node : nodes)
        if (as<ops::BatchNormCoefficients>(node) && node.inputs.at(0) == statistics &&
            node.inputs.at(1) == gamma)
            return node.outputs.at(0);
    return no_value;
}

// Fuses the node at `at` where it is batch_norm_sums. That node is left without operator.
void fuse(const Graph& graph, std::vector<Node>& nodes, size_t at) {
    const Node sums = nodes[at];
    const auto* norm = as<ops::BatchNormSums>(sums);
    if (!norm) return;
    const ValueId gradient = sums.inputs.at(0);
    const std::optional<size_t> made = producer_of(nodes, gradient);
    if (!made || graph.value(gradient).role != Role::activation) return;
    Node& producer = nodes[*made];
    const auto* input_grad = as<InputGradOperator>(producer);
    if (!input_grad || input_grad->epilogue().batch_norm) return;
    // Where there is an activation, only batch norm's own gradient may see the changed one.
    std::vector<size_t> others = readers_of(nodes, gradient);
    std::erase(others, at);
    const auto own = std::ranges::find_if(others, [&](size_t i) {
        return as<ops::BatchNormInputGrad>(nodes[i]) && nodes[i].inputs.at(0) == gradient &&
               nodes[i].inputs.at(1) == sums.inputs.at(1);
    });
    if (own == others.end() || (norm->activation != Activation::none && others.size() > 1)) return;
    const ValueId normalisation = normalisation_of(nodes, sums, norm->activation);
    if (normalisation == no_value) return;

    GradientEpilogue epilogue = input_grad->epilogue();
    epilogue.batch_norm = *norm;
    auto gathering = input_grad->with_epilogue(epilogue);
    if (!gathering) return;
    producer.op = std::move(gathering);
    producer.inputs.insert(producer.inputs.end(), {sums.inputs.at(1), normalisation, sums.inputs.at(2)});
    producer.outputs.insert(producer.outputs.end(), sums.outputs.begin(), sums.outputs.end());
    nodes[*own].op = ops::batch_norm_input_grad({.epsilon = norm->epsilon});
    nodes[at].op = nullptr;
}

// Returns whether a node reads the gradient as its gradient alone, and can and should form it.
bool may_form(const Node& node, ValueId gradient, const Fusion& fusion) {
    const auto* op = as<GradientReader>(node);
    if (!op || op->forms_gradient() || !reads_only_as(node, op->gradient_input(), gradient)) return false;
    const bool depthwise = as<ops::DepthwiseInputGrad>(node) || as<ops::DepthwiseWeightGrad>(node);
    return depthwise ? fusion.gradient_depthwise : fusion.gradient_pointwise;
}

}  // namespace

Graph gather_batch_norm_sums(const Graph& original) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (size_t i = 0; i < nodes.size(); ++i)
        fuse(graph, nodes, i);
    drop_fused(nodes);
    graph.set_nodes(std::move(nodes));
    return graph;
}

Graph batch_norm_grad_on_load(const Graph& original, const Fusion& fusion) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (Node& node : nodes) {
        const auto* norm = as<ops::BatchNormInputGrad>(node);
        if (!norm || norm->activation != Activation::none) continue;
        const ValueId dy = node.outputs.at(0);
        const std::vector<size_t> readers = readers_of(nodes, dy);
        if (readers.empty() ||
            !std::ranges::all_of(readers, [&](size_t i) { return may_form(nodes[i], dy, fusion); }))
            continue;

        const TensorType& statistics = graph.type(node.inputs.at(2));
        const ValueId coefficients = graph.add_value({.name = graph.value(dy).name + "/coefficients",
                                                      .type = f32({1, 1, 4, statistics.shape.c}),
                                                      .role = Role::activation,
                                                      .info = {}});
        for (const size_t i : readers) {
            Node& reader = nodes[i];
            const auto* op = as<GradientReader>(reader);
            reader.inputs[op->gradient_input()] = node.inputs.at(0);
            reader.inputs.insert(reader.inputs.end(), {node.inputs.at(1), coefficients});
            reader.op = op->forming_gradient();
        }
        node = {node.layer,
                ops::batch_norm_gradient_coefficients({.epsilon = norm->epsilon}),
                {node.inputs.at(2), node.inputs.at(3), node.inputs.at(5)},
                {coefficients}};
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
