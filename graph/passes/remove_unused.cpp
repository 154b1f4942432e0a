#include <graph/passes/remove_unused.h>

namespace vkm::graph {
namespace {

bool is_the_hosts(Role role) {
    return role == Role::input || role == Role::step_params || role == Role::metric;
}

}  // namespace

CompactGraph remove_unused(const Graph& graph) {
    std::vector<bool> used(graph.values().size(), false);
    for (const Node& node : graph.nodes())
        for (const auto* ids : {&node.inputs, &node.outputs})
            for (const ValueId id : *ids)
                used[static_cast<size_t>(id)] = true;

    CompactGraph compact{.graph = {}, .moved = std::vector<ValueId>(used.size(), no_value)};
    for (size_t i = 0; i < used.size(); ++i) {
        const Value& value = graph.values()[i];
        if (value.view_of != no_value)
            throw Error("unused values are removed before parameters are packed, not after");
        if (used[i] || is_the_hosts(value.role)) compact.moved[i] = compact.graph.add_value(value);
    }
    std::vector<Node> nodes = graph.nodes();
    for (Node& node : nodes)
        for (auto* ids : {&node.inputs, &node.outputs})
            for (ValueId& id : *ids)
                id = compact.moved[static_cast<size_t>(id)];
    compact.graph.set_nodes(std::move(nodes));
    return compact;
}

}  // namespace vkm::graph
