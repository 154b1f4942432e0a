#include <graph/kernels/prologue.h>
#include <graph/ops/batch_norm.h>
#include <graph/passes/fuse_prologues.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vkm::graph {
namespace {

// Position of the only input through which a node reads a value; nothing where it reads it twice or not.
std::optional<size_t> sole_position(const Node& node, ValueId id) {
    std::optional<size_t> position;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != id) continue;
        if (position) return {};
        position = i;
    }
    return position;
}

bool reads(const Node& node, ValueId id) {
    return std::find(node.inputs.begin(), node.inputs.end(), id) != node.inputs.end();
}

// What a reader's prologue shall do to `x` in addition: the value it reads becomes `x`, its prologue's input
// `extra`.
struct Load {
    ValueId value = no_value;  // that is no longer written
    ValueId x = no_value, extra = no_value;
    Prologue prologue;  // exactly one of normalise and channel_scale
    Fusion fusion;
};

bool chosen(const Load& load, const Node& reader) {
    if (!load.prologue.normalise) return true;
    if (reader.op->name().starts_with("depthwise")) return load.fusion.normalise_depthwise;
    if (reader.op->name().starts_with("pointwise")) return load.fusion.normalise_pointwise;
    return true;  // it loads each value once
}

// The node reading through its prologue, or nothing where it cannot.
std::optional<Node> reader_of(const Node& node, const Load& load) {
    const auto* op = dynamic_cast<const PrologueOperator*>(node.op.get());
    if (!op || sole_position(node, load.value) != size_t{0} || !chosen(load, node)) return {};
    // A prologue normalises and then scales: what is done before it can only go in front of that.
    Prologue prologue = op->prologue();
    if (prologue.normalise || (load.prologue.channel_scale && prologue.channel_scale)) return {};
    if (load.prologue.normalise) {
        prologue.normalise = true;
        prologue.activation = load.prologue.activation;
    } else {
        prologue.channel_scale = true;
    }
    Node changed = node;
    changed.op = op->with_prologue(prologue);
    if (!changed.op) return {};
    changed.inputs[0] = load.x;
    changed.inputs.insert(changed.inputs.begin() + static_cast<ptrdiff_t>(op->prologue_inputs()), load.extra);
    return changed;
}

// All readers of the value reading through their prologues, by position; nothing where one of them cannot.
std::optional<std::map<size_t, Node>> readers(const std::vector<Node>& nodes, const Load& load) {
    std::map<size_t, Node> changed;
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (!reads(nodes[i], load.value)) continue;
        std::optional<Node> reader = reader_of(nodes[i], load);
        if (!reader) return {};
        changed.emplace(i, std::move(*reader));
    }
    if (changed.empty()) return {};
    return changed;
}

// Readers of a batch norm read its coefficients instead; of a channel scale nothing is left.
std::optional<Node> replacement(Graph& graph, const Node& node, const Load& load) {
    const auto* norm = dynamic_cast<const OperatorWith<ops::BatchNorm>*>(node.op.get());
    if (!norm) return {};
    graph.add_value({.name = graph.value(load.value).name + "/coefficients",
                     .type = graph.type(node.inputs.at(1)),
                     .role = Role::activation,
                     .info = {}});  // gets the id load.extra
    return Node{node.layer,
                ops::batch_norm_coefficients(norm->attributes()),
                {node.inputs.begin() + 1, node.inputs.end()},
                {load.extra}};
}

// `rule` says of a node what its readers may do as they load.
template <typename Rule>
Graph apply(const Graph& original, const Rule& rule) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    std::vector<bool> gone(nodes.size(), false);
    for (size_t i = 0; i < nodes.size(); ++i) {
        const std::optional<Load> load = rule(graph, nodes[i]);
        if (!load || graph.value(load->value).role != Role::activation) continue;
        auto changed = readers(nodes, *load);
        if (!changed) continue;
        for (auto& [at, node] : *changed)
            nodes[at] = std::move(node);
        if (auto instead = replacement(graph, nodes[i], *load))
            nodes[i] = std::move(*instead);
        else
            gone[i] = true;
    }
    std::vector<Node> left;
    for (size_t i = 0; i < nodes.size(); ++i)
        if (!gone[i]) left.push_back(std::move(nodes[i]));
    graph.set_nodes(std::move(left));
    return graph;
}

}  // namespace

Graph normalise_on_load(const Graph& original, const Fusion& fusion) {
    return apply(original, [&fusion](const Graph& graph, const Node& node) -> std::optional<Load> {
        if (node.op->name() != "batch_norm") return {};
        const auto* norm = dynamic_cast<const OperatorWith<ops::BatchNorm>*>(node.op.get());
        if (norm->attributes().residual) return {};  // a sum is written once; a prologue adds nothing
        return Load{.value = node.outputs.at(0),
                    .x = node.inputs.at(0),
                    .extra = static_cast<ValueId>(graph.values().size()),
                    .prologue = {.normalise = true, .activation = norm->attributes().activation},
                    .fusion = fusion};
    });
}

Graph scale_on_load(const Graph& original) {
    return apply(original, [](const Graph&, const Node& node) -> std::optional<Load> {
        if (node.op->name() != "channel_scale") return {};
        return Load{.value = node.outputs.at(0),
                    .x = node.inputs.at(0),
                    .extra = node.inputs.at(1),
                    .prologue = {.channel_scale = true},
                    .fusion = {}};
    });
}

}  // namespace vkm::graph
