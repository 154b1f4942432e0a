#include <graph/operator.h>
#include <graph/passes/uses.h>

#include <algorithm>

namespace vkm::graph {
namespace {

bool contains(const std::vector<ValueId>& ids, ValueId id) {
    return std::ranges::find(ids, id) != ids.end();
}

bool share_memory(const Graph& graph, const std::vector<ValueId>& a, const std::vector<ValueId>& b) {
    return std::ranges::any_of(a, [&](ValueId of_a) {
        return std::ranges::any_of(
            b, [&](ValueId of_b) { return base_of(graph, of_a) == base_of(graph, of_b); });
    });
}

}  // namespace

bool reads(const Node& node, ValueId id) {
    return node.op && contains(node.inputs, id);
}

bool reads_only_as(const Node& node, size_t position, ValueId id) {
    return node.op && position < node.inputs.size() && node.inputs[position] == id &&
           std::ranges::count(node.inputs, id) == 1;
}

std::vector<ValueId> updated_by(const Node& node) {
    std::vector<ValueId> ids;
    if (!node.op) return ids;
    for (const size_t i : node.op->updates())
        ids.push_back(node.inputs.at(i));
    return ids;
}

std::optional<size_t> producer_of(std::span<const Node> nodes, ValueId id) {
    for (size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].op && contains(nodes[i].outputs, id)) return i;
    return {};
}

std::vector<size_t> readers_of(std::span<const Node> nodes, ValueId id) {
    std::vector<size_t> readers;
    for (size_t i = 0; i < nodes.size(); ++i)
        if (reads(nodes[i], id)) readers.push_back(i);
    return readers;
}

std::vector<size_t> reads_by_value(const Graph& graph) {
    std::vector<size_t> reads(graph.values().size(), 0);
    for (const Node& node : graph.nodes())
        for (const ValueId input : node.inputs)
            for (ValueId id = input; id != no_value; id = graph.value(id).view_of)
                ++reads[static_cast<size_t>(id)];
    return reads;
}

ValueId base_of(const Graph& graph, ValueId id) {
    while (graph.value(id).view_of != no_value)
        id = graph.value(id).view_of;
    return id;
}

std::vector<ValueId> ranges_of(const Graph& graph, ValueId flat) {
    std::vector<ValueId> ranges;
    for (size_t i = 0; i < graph.values().size(); ++i)
        if (graph.values()[i].view_of == flat) ranges.push_back(static_cast<ValueId>(i));
    std::ranges::stable_sort(ranges, {}, [&](ValueId id) { return graph.value(id).view_offset; });
    return ranges;
}

bool update_any(const Graph& graph, std::span<const Node> nodes, const std::vector<ValueId>& ids) {
    return std::ranges::any_of(nodes,
                               [&](const Node& node) { return share_memory(graph, updated_by(node), ids); });
}

bool may_run_behind(const Graph& graph, const Node& node, std::span<const Node> others) {
    const std::vector<ValueId> updated = updated_by(node);
    return !update_any(graph, others, node.inputs) && std::ranges::none_of(others, [&](const Node& other) {
        return other.op && share_memory(graph, other.inputs, updated);
    });
}

bool is_own_parameter(const Graph& graph, ValueId id) {
    const Role role = graph.value(id).role;
    return (role == Role::parameter || role == Role::frozen || role == Role::derived) &&
           graph.value(id).info && reads_by_value(graph)[static_cast<size_t>(id)] == 1;
}

void drop_fused(std::vector<Node>& nodes) {
    std::erase_if(nodes, [](const Node& node) { return !node.op; });
}

Graph without_dead_nodes(Graph graph) {
    const std::vector<size_t> count = reads_by_value(graph);
    std::vector<Node> nodes = graph.nodes();
    std::erase_if(nodes, [&](const Node& node) {
        return node.op->updates().empty() && std::ranges::all_of(node.outputs, [&](ValueId id) {
                   return count[static_cast<size_t>(id)] == 0 && graph.value(id).role == Role::activation;
               });
    });
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
