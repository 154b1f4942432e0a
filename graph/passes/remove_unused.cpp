#include <graph/passes/remove_unused.h>
#include <graph/passes/uses.h>

namespace vkm::graph {
namespace {

bool is_the_hosts(Role role) {
    return role == Role::input || role == Role::step_params || role == Role::metric;
}

}  // namespace

CompactGraph remove_unused(const Graph& graph) {
    const std::vector<size_t> reads = reads_by_value(graph);
    CompactGraph compact{.graph = {}, .moved = std::vector<ValueId>(reads.size(), no_value)};
    for (size_t i = 0; i < reads.size(); ++i) {
        const Value& value = graph.values()[i];
        if (value.view_of != no_value)
            throw Error("unused values are removed before parameters are packed, not after");
        const bool used = reads[i] > 0 || value.producer >= 0;
        if (used || is_the_hosts(value.role)) compact.moved[i] = compact.graph.add_value(value);
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
