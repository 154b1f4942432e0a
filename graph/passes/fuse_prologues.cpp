#include <graph/kernels/prologue.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/depthwise_grad.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/passes/fuse_prologues.h>
#include <graph/passes/uses.h>

#include <map>
#include <optional>

namespace vkm::graph {
namespace {

// Says what a reader's prologue is to do in addition. The value that it reads becomes `x`, and `extra`
// becomes an input of its prologue.
struct Load {
    ValueId value = no_value;  // that is no longer written
    ValueId x = no_value, extra = no_value;
    Prologue prologue;  // exactly one of normalise and channel_scale
    Fusion fusion;
};

bool chosen(const Load& load, const Node& reader) {
    if (!load.prologue.normalise) return true;
    if (as<ops::Depthwise>(reader) || as<ops::DepthwiseWeightGrad>(reader))
        return load.fusion.normalise_depthwise;
    if (as<ops::Pointwise>(reader) || as<ops::PointwiseWeightGrad>(reader))
        return load.fusion.normalise_pointwise;
    return true;  // it loads each value once
}

// Returns the node reading through its prologue, or nothing where it cannot.
std::optional<Node> reader_of(const Node& node, const Load& load) {
    const auto* op = as<PrologueOperator>(node);
    if (!op || !reads_only_as(node, 0, load.value) || !chosen(load, node)) return {};
    // A prologue normalises and then scales, so what this one adds must come before what it does already.
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

// Returns all readers of the value reading through their prologues, by position; nothing
// where one of them cannot.
std::optional<std::map<size_t, Node>> changed_readers(const std::vector<Node>& nodes, const Load& load) {
    std::map<size_t, Node> changed;
    for (const size_t i : readers_of(nodes, load.value)) {
        std::optional<Node> reader = reader_of(nodes[i], load);
        if (!reader) return {};
        changed.emplace(i, std::move(*reader));
    }
    if (changed.empty()) return {};
    return changed;
}

// Returns what stands in the node's place: a batch norm leaves its coefficients, a channel scale nothing.
std::optional<Node> replacement(Graph& graph, const Node& node, const Load& load) {
    const auto* norm = as<ops::BatchNorm>(node);
    if (!norm) return {};
    graph.add_value({.name = graph.value(load.value).name + "/coefficients",
                     .type = graph.type(node.inputs.at(1)),
                     .role = Role::activation,
                     .info = {}});  // gets the id load.extra
    return Node{node.layer,
                ops::batch_norm_coefficients({.epsilon = norm->epsilon, .momentum = norm->momentum}),
                {node.inputs.begin() + 1, node.inputs.end()},
                {load.extra}};
}

// Applies a pass. `rule` says of a node what its readers may do as they load.
template <typename Rule>
Graph apply(const Graph& original, const Rule& rule) {
    Graph graph = original;
    std::vector<Node> nodes = graph.nodes();
    for (size_t i = 0; i < nodes.size(); ++i) {
        const std::optional<Load> load = rule(graph, nodes[i]);
        if (!load || graph.value(load->value).role != Role::activation) continue;
        auto changed = changed_readers(nodes, *load);
        if (!changed) continue;
        for (auto& [at, node] : *changed)
            nodes[at] = std::move(node);
        if (auto instead = replacement(graph, nodes[i], *load))
            nodes[i] = std::move(*instead);
        else
            nodes[i].op = nullptr;
    }
    drop_fused(nodes);
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace

Graph normalise_on_load(const Graph& original, const Fusion& fusion) {
    return apply(original, [&fusion](const Graph& graph, const Node& node) -> std::optional<Load> {
        const auto* norm = as<ops::BatchNorm>(node);
        if (!norm || norm->residual) return {};  // a sum is written once; a prologue adds nothing
        return Load{.value = node.outputs.at(0),
                    .x = node.inputs.at(0),
                    .extra = static_cast<ValueId>(graph.values().size()),
                    .prologue = {.normalise = true, .activation = norm->activation},
                    .fusion = fusion};
    });
}

Graph scale_on_load(const Graph& original) {
    return apply(original, [](const Graph&, const Node& node) -> std::optional<Load> {
        if (!as<ops::ChannelScale>(node)) return {};
        return Load{.value = node.outputs.at(0),
                    .x = node.inputs.at(0),
                    .extra = node.inputs.at(1),
                    .prologue = {.channel_scale = true},
                    .fusion = {}};
    });
}

}  // namespace vkm::graph
