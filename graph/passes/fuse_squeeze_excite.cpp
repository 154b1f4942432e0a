#include <graph/kernels/epilogue.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/ops/squeeze_excite_layers.h>
#include <graph/passes/fuse_pairs.h>
#include <graph/passes/fuse_squeeze_excite.h>
#include <graph/passes/uses.h>

#include <algorithm>
#include <optional>

namespace vkm::graph {
namespace {

using Nodes = std::vector<Node>;  // those fused away have no operator
using Position = std::optional<size_t>;

bool is_biased_layer(const Node& node) {
    const auto* op = as<ConvolutionOperator>(node);
    return as<ops::Pointwise>(node) && op->prologue() == Prologue{} &&
           op->epilogue() == Epilogue{.bias = true};
}

// Returns whether it is an input gradient without prologue and epilogue: it then reads its own two inputs.
bool is_plain_input_grad(const Node& node) {
    return as<ops::PointwiseInputGrad>(node) && node.inputs.size() == 2;
}

// Returns whether a node between the first and the last position updates one of the values in place.
bool updated_between(const Graph& graph, const Nodes& nodes, size_t first, size_t last,
                     const std::vector<ValueId>& ids) {
    return update_any(graph, std::span(nodes).subspan(first + 1, last - first - 1), ids);
}

bool vanishes(const Graph& graph, ValueId id) {
    return graph.value(id).role == Role::activation;
}

// Fuses the forward layers that end with the activation at `last`.
void fuse_forward(const Graph& graph, Nodes& nodes, size_t last) {
    const auto* scale = as<ops::ActivationLayer>(nodes[last]);
    if (!scale) return;
    const Position fc2 = producer_of(nodes, nodes[last].inputs.at(0));
    if (!fc2 || !is_biased_layer(nodes[*fc2])) return;
    const Position middle = producer_of(nodes, nodes[*fc2].inputs.at(0));
    const auto* hidden = middle ? as<ops::ActivationLayer>(nodes[*middle]) : nullptr;
    if (!hidden || !ops::derivative_is_of_result(hidden->f)) return;
    const ValueId y = nodes[*middle].inputs.at(0);
    const Position fc1 = producer_of(nodes, y);
    if (!fc1 || !is_biased_layer(nodes[*fc1]) || !vanishes(graph, y)) return;

    const Node &first = nodes[*fc1], &second = nodes[*fc2];
    const ValueId h = nodes[*middle].outputs.at(0), z = second.outputs.at(0);
    const Node fused{first.layer,
                     ops::squeeze_excite_layers({.hidden = hidden->f, .scale = scale->f}),
                     {first.inputs[0], first.inputs[1], first.inputs[2], second.inputs[1], second.inputs[2]},
                     {h, z, nodes[last].outputs.at(0)}};
    if (!is_possible(graph, fused) || updated_between(graph, nodes, *fc1, last, fused.inputs)) return;
    // The fused node runs where the last did.
    for (const ValueId id : {h, z})
        if (std::ranges::any_of(readers_of(nodes, id), [&](size_t i) { return i < last && i != *fc2; }))
            return;
    std::vector<size_t> gradients;
    for (const size_t i : readers_of(nodes, y)) {
        if (i == *middle) continue;
        const auto* gradient = as<ops::ActivationGrad>(nodes[i]);
        if (!gradient || gradient->f != hidden->f || nodes[i].inputs.at(0) == y) return;
        gradients.push_back(i);
    }

    for (const size_t i : gradients)
        nodes[i].inputs.at(1) = h;
    for (const size_t i : {*fc1, *middle, *fc2})
        nodes[i].op = nullptr;
    nodes[last] = fused;
}

// Returns the first node behind `at` that takes the value as its input 0 and meets the predicate.
template <typename Predicate>
Position next(const Nodes& nodes, size_t at, ValueId id, const Predicate& predicate) {
    for (const size_t i : readers_of(nodes, id))
        if (i > at && nodes[i].inputs.at(0) == id && predicate(nodes[i])) return i;
    return {};
}

// Fuses the backward layers that start with the activation's gradient at `first`.
void fuse_backward(const Graph& graph, Nodes& nodes, size_t first) {
    const auto* scale = as<ops::ActivationGrad>(nodes[first]);
    if (!scale) return;
    const Position fc2 = next(nodes, first, nodes[first].outputs.at(0), is_plain_input_grad);
    if (!fc2) return;
    const ValueId dh = nodes[*fc2].outputs.at(0);
    const std::vector<size_t> of_hidden = readers_of(nodes, dh);
    if (of_hidden.size() != 1 || !vanishes(graph, dh)) return;
    const size_t middle = of_hidden.front();
    const auto* hidden = as<ops::ActivationGrad>(nodes[middle]);
    if (!hidden || nodes[middle].inputs.at(1) == dh) return;
    const ValueId dy = nodes[middle].outputs.at(0);
    const Position fc1 = next(nodes, middle, dy, is_plain_input_grad);
    if (!fc1) return;

    const Node fused{nodes[*fc1].layer,
                     ops::squeeze_excite_layers_grad({.hidden = hidden->f, .scale = scale->f}),
                     {nodes[first].inputs.at(0), nodes[first].inputs.at(1), nodes[*fc2].inputs.at(1),
                      nodes[middle].inputs.at(1), nodes[*fc1].inputs.at(1)},
                     {nodes[first].outputs.at(0), dy, nodes[*fc1].outputs.at(0)}};
    if (!is_possible(graph, fused) || updated_between(graph, nodes, first, *fc1, fused.inputs)) return;
    // The fused node runs where the first did: others read its results before the last.
    for (const ValueId id : fused.inputs)
        if (const Position made = producer_of(nodes, id); made && *made >= first) return;

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
    drop_fused(nodes);
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
