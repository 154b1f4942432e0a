#include <graph/passes/part_of.h>

#include <algorithm>

namespace vkm::graph {

CompactGraph part_of(const Graph& graph, std::span<const ValueId> inputs, std::span<const ValueId> outputs) {
    Graph part = graph;
    std::vector<bool> needed(graph.values().size(), false);
    for (const ValueId id : outputs)
        needed[static_cast<size_t>(id)] = true;
    const auto is_input = [&](ValueId id) { return std::ranges::find(inputs, id) != inputs.end(); };
    std::vector<Node> nodes;
    for (size_t i = graph.nodes().size(); i-- > 0;) {
        const Node& node = graph.nodes()[i];
        if (std::ranges::none_of(
                node.outputs, [&](ValueId id) { return needed[static_cast<size_t>(id)] && !is_input(id); }))
            continue;
        for (const ValueId id : node.inputs)
            needed[static_cast<size_t>(id)] = true;
        nodes.push_back(node);
    }
    std::ranges::reverse(nodes);
    // What the host wrote or read and no longer does goes with what nobody reads.
    for (size_t i = 0; i < needed.size(); ++i) {
        Value& value = part.value(static_cast<ValueId>(i));
        if (!needed[i] && !persistent(value.role)) value.role = Role::activation;
    }
    for (const ValueId id : inputs)
        if (needed[static_cast<size_t>(id)]) part.value(id).role = Role::input;
    for (const ValueId id : outputs)
        part.value(id).role = Role::metric;
    part.set_nodes(std::move(nodes));
    return remove_unused(part);
}

}  // namespace vkm::graph
