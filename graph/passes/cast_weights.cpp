#include <graph/flat_buffers.h>
#include <graph/ops/cast.h>
#include <graph/passes/cast_weights.h>
#include <graph/passes/uses.h>

#include <algorithm>

namespace vkm::graph {
namespace {

bool casts_weight(const Graph& graph, const Node& node, ValueId parameters) {
    return as<ops::Cast>(node) && graph.value(node.inputs.at(0)).view_of == parameters &&
           graph.value(node.outputs.at(0)).role == Role::activation;
}

// Returns whether all parameters are fp32: a cast of the whole buffer takes every range of it for that.
bool all_fp32(const Graph& graph, ValueId parameters) {
    return std::ranges::all_of(ranges_of(graph, parameters),
                               [&](ValueId id) { return graph.type(id).dtype == DType::f32; });
}

}  // namespace

Graph cast_weights_together(const Graph& original) {
    Graph graph = original;
    const ValueId parameters = flat_buffer(graph, Role::parameter);
    const auto is_cast = [&](const Node& node) { return casts_weight(graph, node, parameters); };
    if (parameters == no_value || std::ranges::count_if(graph.nodes(), is_cast) < 2 ||
        !all_fp32(graph, parameters))
        return graph;
    const ValueId weights = graph.add_value({.name = "weights",
                                             .type = {DType::f16, graph.type(parameters).shape},
                                             .role = Role::activation,
                                             .info = {}});
    std::vector<Node> nodes;
    bool cast = false;
    for (const Node& node : graph.nodes()) {
        if (!is_cast(node)) {
            nodes.push_back(node);
            continue;
        }
        if (!cast) nodes.push_back({"weights", ops::cast(DType::f16), {parameters}, {weights}});
        cast = true;
        Value& weight = graph.value(node.outputs.at(0));
        weight.view_of = weights;
        weight.view_offset = graph.value(node.inputs.at(0)).view_offset / 2;
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

}  // namespace vkm::graph
