#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/batch_norm_grad.h>
#include <graph/passes/fuse_batch_norm_grad.h>

#include <algorithm>

namespace vkm::graph {
namespace {

const ops::BatchNorm* batch_norm_of(const Node& node, std::string_view name) {
    if (node.op->name() != name) return nullptr;
    return &dynamic_cast<const OperatorWith<ops::BatchNorm>&>(*node.op).attributes();
}

bool reads(const Node& node, ValueId id) {
    return std::ranges::find(node.inputs, id) != node.inputs.end();
}

// The coefficients of the batch norm that batch_norm_sums is of; no_value where there are none.
ValueId normalisation_of(const std::vector<Node>& nodes, const Node& sums, Activation activation) {
    const ValueId statistics = sums.inputs.at(2), gamma = sums.inputs.at(3);
    if (activation == Activation::none) return statistics;  // their first row is all that is read
    for (const Node& node : nodes)
        if (node.op && node.op->name() == "batch_norm_coefficients" && node.inputs.at(0) == statistics &&
            node.inputs.at(1) == gamma)
            return node.outputs.at(0);
    return no_value;
}

// Fuses the node at `at` where it is batch_norm_sums; it is then left without operator.
void fuse(const Graph& graph, std::vector<Node>& nodes, size_t at) {
    const Node sums = nodes[at];
    const ops::BatchNorm* norm = batch_norm_of(sums, "batch_norm_sums");
    if (!norm) return;
    const ValueId gradient = sums.inputs.at(0);
    const auto producer = std::find_if(
        nodes.begin(), nodes.begin() + static_cast<ptrdiff_t>(at),
        [&](const Node& n) { return n.op && std::ranges::find(n.outputs, gradient) != n.outputs.end(); });
    if (producer == nodes.begin() + static_cast<ptrdiff_t>(at) ||
        graph.value(gradient).role != Role::activation)
        return;
    const auto* input_grad = dynamic_cast<const InputGradOperator*>(producer->op.get());
    if (!input_grad || input_grad->epilogue().batch_norm) return;
    // Where there is an activation, only batch norm's own gradient may see the changed one.
    std::vector<Node*> others;
    for (size_t i = 0; i < nodes.size(); ++i)
        if (i != at && nodes[i].op && reads(nodes[i], gradient)) others.push_back(&nodes[i]);
    const auto own = std::ranges::find_if(others, [&](const Node* node) {
        return batch_norm_of(*node, "batch_norm_input_grad") && node->inputs.at(0) == gradient &&
               node->inputs.at(1) == sums.inputs.at(1);
    });
    if (own == others.end() || (norm->activation != Activation::none && others.size() > 1)) return;
    const ValueId normalisation = normalisation_of(nodes, sums, norm->activation);
    if (normalisation == no_value) return;

    GradientEpilogue epilogue = input_grad->epilogue();
    epilogue.batch_norm = *norm;
    auto gathering = input_grad->with_epilogue(epilogue);
    if (!gathering) return;
    producer->op = std::move(gathering);
    producer->inputs.insert(producer->inputs.end(), {sums.inputs.at(1), normalisation, sums.inputs.at(2)});
    producer->outputs.insert(producer->outputs.end(), sums.outputs.begin(), sums.outputs.end());
    ops::BatchNorm linear = *norm;
    linear.activation = Activation::none;
    (*own)->op = ops::batch_norm_input_grad(linear);
    nodes[at].op = nullptr;
}

// Whether a node reads the gradient as its gradient alone, and can and shall form it.
bool may_form(const Node& node, ValueId gradient, const Fusion& fusion) {
    const auto* op = dynamic_cast<const GradientReader*>(node.op.get());
    if (!op || op->forms_gradient() || std::ranges::count(node.inputs, gradient) != 1 ||
        node.inputs.at(op->gradient_input()) != gradient)
        return false;
    return node.op->name().starts_with("depthwise") ? fusion.gradient_depthwise : fusion.gradient_pointwise;
}

}  // namespace

Graph gather_batch_norm_sums(const Graph& original) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].op) fuse(graph, nodes, i);
    std::erase_if(nodes, [](const Node& node) { return !node.op; });
    graph.set_nodes(std::move(nodes));
    return graph;
}

Graph batch_norm_grad_on_load(const Graph& original, const Fusion& fusion) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (Node& node : nodes) {
        const ops::BatchNorm* norm = batch_norm_of(node, "batch_norm_input_grad");
        if (!norm || norm->activation != Activation::none) continue;
        const ValueId dy = node.outputs.at(0);
        std::vector<Node*> readers;
        for (Node& reader : nodes)
            if (reads(reader, dy)) readers.push_back(&reader);
        if (readers.empty() ||
            !std::ranges::all_of(readers, [&](const Node* r) { return may_form(*r, dy, fusion); }))
            continue;

        const TensorType& statistics = graph.type(node.inputs.at(2));
        const ValueId coefficients = graph.add_value({.name = graph.value(dy).name + "/coefficients",
                                                      .type = f32({1, 1, 4, statistics.shape.c}),
                                                      .role = Role::activation,
                                                      .info = {}});
        for (Node* reader : readers) {
            const auto& op = dynamic_cast<const GradientReader&>(*reader->op);
            reader->inputs[op.gradient_input()] = node.inputs.at(0);
            reader->inputs.insert(reader->inputs.end(), {node.inputs.at(1), coefficients});
            reader->op = op.forming_gradient();
        }
        node = {node.layer,
                ops::batch_norm_gradient_coefficients(*norm),
                {node.inputs.at(2), node.inputs.at(3), node.inputs.at(5)},
                {coefficients}};
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
