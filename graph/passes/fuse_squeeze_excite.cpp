#include <graph/kernels/epilogue.h>
#include <graph/ops/squeeze_excite_layers.h>
#include <graph/passes/fuse_pairs.h>
#include <graph/passes/fuse_squeeze_excite.h>

#include <algorithm>
#include <optional>

namespace vkm::graph {
namespace {

using Nodes = std::vector<Node>;  // those fused away have no operator
using Position = std::optional<size_t>;

bool contains(const std::vector<ValueId>& ids, ValueId id) {
    return std::ranges::find(ids, id) != ids.end();
}

std::optional<Activation> activation_of(const Node& node, std::string_view name) {
    if (!node.op || node.op->name() != name) return {};
    return dynamic_cast<const OperatorWith<Activation>&>(*node.op).attributes();
}

bool is_biased_layer(const Node& node) {
    const auto* op = dynamic_cast<const ConvolutionOperator*>(node.op.get());
    return op && op->name() == "pointwise" && op->prologue() == Prologue{} &&
           op->epilogue() == Epilogue{.bias = true};
}

// Without prologue and epilogue it reads its own two inputs.
bool is_plain_input_grad(const Node& node) {
    return node.op->name() == "pointwise_input_grad" && node.inputs.size() == 2;
}

Position producer(const Nodes& nodes, ValueId id) {
    for (size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].op && contains(nodes[i].outputs, id)) return i;
    return {};
}

std::vector<size_t> readers(const Nodes& nodes, ValueId id) {
    std::vector<size_t> found;
    for (size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].op && contains(nodes[i].inputs, id)) found.push_back(i);
    return found;
}

// Whether a node between the first and the last position updates a value in place that `ids` are of.
bool updated_between(const Graph& graph, const Nodes& nodes, size_t first, size_t last,
                     const std::vector<ValueId>& ids) {
    const auto base = [&](ValueId id) {
        const ValueId view_of = graph.value(id).view_of;
        return view_of == no_value ? id : view_of;
    };
    for (size_t i = first + 1; i < last; ++i) {
        if (!nodes[i].op) continue;
        for (const size_t updated : nodes[i].op->updates())
            for (const ValueId id : ids)
                if (base(nodes[i].inputs[updated]) == base(id)) return true;
    }
    return false;
}

bool vanishes(const Graph& graph, ValueId id) {
    return graph.value(id).role == Role::activation;
}

// The forward layers that end with the activation at `last`.
void fuse_forward(const Graph& graph, Nodes& nodes, size_t last) {
    const std::optional<Activation> scale = activation_of(nodes[last], "activation");
    if (!scale) return;
    const Position fc2 = producer(nodes, nodes[last].inputs.at(0));
    if (!fc2 || !is_biased_layer(nodes[*fc2])) return;
    const Position middle = producer(nodes, nodes[*fc2].inputs.at(0));
    const std::optional<Activation> hidden =
        middle ? activation_of(nodes[*middle], "activation") : std::nullopt;
    if (!hidden || !ops::derivative_is_of_result(*hidden)) return;
    const ValueId y = nodes[*middle].inputs.at(0);
    const Position fc1 = producer(nodes, y);
    if (!fc1 || !is_biased_layer(nodes[*fc1]) || !vanishes(graph, y)) return;

    const Node &first = nodes[*fc1], &second = nodes[*fc2];
    const ValueId h = nodes[*middle].outputs.at(0), z = second.outputs.at(0);
    const Node fused{first.layer,
                     ops::squeeze_excite_layers({.hidden = *hidden, .scale = *scale}),
                     {first.inputs[0], first.inputs[1], first.inputs[2], second.inputs[1], second.inputs[2]},
                     {h, z, nodes[last].outputs.at(0)}};
    if (!is_possible(graph, fused) || updated_between(graph, nodes, *fc1, last, fused.inputs)) return;
    // The fused node runs where the last did.
    for (const ValueId id : {h, z})
        if (std::ranges::any_of(readers(nodes, id), [&](size_t i) { return i < last && i != *fc2; })) return;
    std::vector<size_t> gradients;
    for (const size_t i : readers(nodes, y)) {
        if (i == *middle) continue;
        if (activation_of(nodes[i], "activation_grad") != hidden || nodes[i].inputs.at(0) == y) return;
        gradients.push_back(i);
    }

    for (const size_t i : gradients)
        nodes[i].inputs.at(1) = h;
    for (const size_t i : {*fc1, *middle, *fc2})
        nodes[i].op = nullptr;
    nodes[last] = fused;
}

// The first node behind `at` that takes the value as its input 0 and is what is looked for.
template <typename Predicate>
Position next(const Nodes& nodes, size_t at, ValueId id, const Predicate& predicate) {
    for (const size_t i : readers(nodes, id))
        if (i > at && nodes[i].inputs.at(0) == id && predicate(nodes[i])) return i;
    return {};
}

// The backward layers that start with the activation's gradient at `first`.
void fuse_backward(const Graph& graph, Nodes& nodes, size_t first) {
    const std::optional<Activation> scale = activation_of(nodes[first], "activation_grad");
    if (!scale) return;
    const Position fc2 = next(nodes, first, nodes[first].outputs.at(0), is_plain_input_grad);
    if (!fc2) return;
    const ValueId dh = nodes[*fc2].outputs.at(0);
    const std::vector<size_t> of_hidden = readers(nodes, dh);
    if (of_hidden.size() != 1 || !vanishes(graph, dh)) return;
    const size_t middle = of_hidden.front();
    const std::optional<Activation> hidden = activation_of(nodes[middle], "activation_grad");
    if (!hidden || nodes[middle].inputs.at(1) == dh) return;
    const ValueId dy = nodes[middle].outputs.at(0);
    const Position fc1 = next(nodes, middle, dy, is_plain_input_grad);
    if (!fc1) return;

    const Node fused{nodes[*fc1].layer,
                     ops::squeeze_excite_layers_grad({.hidden = *hidden, .scale = *scale}),
                     {nodes[first].inputs.at(0), nodes[first].inputs.at(1), nodes[*fc2].inputs.at(1),
                      nodes[middle].inputs.at(1), nodes[*fc1].inputs.at(1)},
                     {nodes[first].outputs.at(0), dy, nodes[*fc1].outputs.at(0)}};
    if (!is_possible(graph, fused) || updated_between(graph, nodes, first, *fc1, fused.inputs)) return;
    // The fused node runs where the first did: others read its results before the last.
    for (const ValueId id : fused.inputs)
        if (const Position made = producer(nodes, id); made && *made >= first) return;

    for (const size_t i : {*fc2, middle, *fc1})
        nodes[i].op = nullptr;
    nodes[first] = fused;
}

}  // namespace

Graph fuse_squeeze_excite(const Graph& original) {
    Graph graph = original;
    Nodes nodes = graph.nodes();
    for (size_t i = 0; i < nodes.size(); ++i)
        fuse_forward(graph, nodes, i);
    for (size_t i = 0; i < nodes.size(); ++i)
        fuse_backward(graph, nodes, i);
    std::erase_if(nodes, [](const Node& node) { return !node.op; });
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
