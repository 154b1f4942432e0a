#include <graph/flat_buffers.h>
#include <graph/operator.h>
#include <graph/ops/batch_norm.h>
#include <graph/parameter_ranges.h>
#include <graph/passes/uses.h>

#include <set>

namespace vkm::graph {
namespace {

std::set<ValueId> gammas_and_betas(const Graph& graph) {
    std::set<ValueId> ids;
    for (const Node& node : graph.nodes()) {
        if (as<ops::BatchNorm>(node)) ids.insert({node.inputs.at(2), node.inputs.at(3)});
        if (as<ops::BatchNormInference>(node)) ids.insert({node.inputs.at(1), node.inputs.at(2)});
    }
    return ids;
}

}  // namespace

ParameterRanges parameter_ranges(const Graph& graph) {
    const std::set<ValueId> norms = gammas_and_betas(graph);
    ParameterRanges ranges;
    for (const ValueId id : ranges_of(graph, flat_buffer(graph, Role::parameter))) {
        const Value& value = graph.value(id);
        if (value.role != Role::parameter) continue;
        ranges.push_back({.name = value.name,
                          .first_quad = value.view_offset / 16,
                          .rows = value.type.shape.rows(),
                          .row_quads = value.type.shape.quads(),
                          .vector = value.info && value.info->layout == WeightLayout::vector,
                          .batch_norm = norms.contains(id)});
    }
    return ranges;
}

}  // namespace vkm::graph
