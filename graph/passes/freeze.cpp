#include <graph/operator.h>
#include <graph/ops/cast.h>
#include <graph/ops/copy.h>
#include <graph/passes/freeze.h>
#include <graph/passes/fuse_blocks.h>
#include <graph/passes/fuse_epilogues.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Parts a graph's nodes into those that no trained parameter lies behind, and the others.
struct Parts {
    std::vector<Node> fixed, rest;
};

Parts parts_of(const Graph& graph) {
    std::vector<bool> trained(graph.values().size(), false);
    for (const ValueId id : graph.with_role(Role::parameter))
        trained[static_cast<size_t>(id)] = true;
    Parts parts;
    for (const Node& node : graph.nodes()) {
        const bool any = !node.op->updates().empty() || std::ranges::any_of(node.inputs, [&](ValueId id) {
            return trained[static_cast<size_t>(id)];
        });
        for (const ValueId id : node.outputs)
            trained[static_cast<size_t>(id)] = any;
        (any ? parts.rest : parts.fixed).push_back(node);
    }
    return parts;
}

// Makes the casts of frozen weights weights of their own, and takes the casts out.
std::vector<WeightCopy> take_casts(Graph& graph, std::vector<Node>& nodes) {
    std::vector<WeightCopy> copies;
    std::erase_if(nodes, [&](const Node& node) {
        if (!as<ops::Cast>(node) || graph.value(node.inputs.at(0)).role != Role::frozen) return false;
        Value& derived = graph.value(node.outputs.at(0));
        derived.role = Role::derived;
        derived.info = graph.value(node.inputs.at(0)).info;
        copies.push_back({node.outputs.at(0), node.inputs.at(0)});
        return true;
    });
    return copies;
}

// Adds a reader of everything that the rest reads, so that no pass fuses it away.
void hold_results(std::vector<Node>& fixed, const std::vector<Node>& rest) {
    std::vector<ValueId> made;
    for (const Node& node : fixed)
        made.insert(made.end(), node.outputs.begin(), node.outputs.end());
    std::vector<ValueId> held;
    for (const Node& node : rest)
        for (const ValueId id : node.inputs)
            if (std::ranges::find(made, id) != made.end()) held.push_back(id);
    if (!held.empty()) fixed.push_back({"held", ops::copy(), held, {}});
}

}  // namespace

void DerivedWeights::each(const WeightSource& frozen,
                          const std::function<void(ValueId, HostTensor)>& take) const {
    const WeightSource original = [&](ValueId id) {
        const auto copy = std::ranges::find(copies, id, &WeightCopy::derived);
        return frozen(copy == copies.end() ? id : copy->source);
    };
    for (const Folding& folding : foldings) {
        FoldedWeights folded = fold_weights(folding, original);
        take(folding.weight, std::move(folded.weight));
        take(folding.bias, std::move(folded.bias));
    }
    for (const WeightCopy& copy : copies)
        take(copy.derived, frozen(copy.source));
}

FrozenGraph infer_frozen(const Graph& graph) {
    if (graph.with_role(Role::frozen).empty()) return {graph, {}};
    FrozenGraph result{graph, {}};
    Parts parts = parts_of(graph);
    result.derived.copies = take_casts(result.graph, parts.fixed);
    hold_results(parts.fixed, parts.rest);
    result.graph.set_nodes(std::move(parts.fixed));
    FoldedGraph folded = fold_batch_norm(result.graph);
    for (const Folding& folding : folded.foldings)
        for (const ValueId id : {folding.weight, folding.bias})
            folded.graph.value(id).role = Role::derived;
    result.derived.foldings = std::move(folded.foldings);
    result.graph = fuse_blocks(fuse_channel_scale(fuse_epilogues(folded.graph)));
    std::vector<Node> nodes = result.graph.nodes();
    std::erase_if(nodes, [](const Node& node) { return node.outputs.empty() && node.layer == "held"; });
    nodes.insert(nodes.end(), parts.rest.begin(), parts.rest.end());
    result.graph.set_nodes(std::move(nodes));
    return result;
}

}  // namespace vkm::graph
