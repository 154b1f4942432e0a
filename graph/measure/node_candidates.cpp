#include <graph/lower/lowering.h>
#include <graph/measure/node_candidates.h>
#include <graph/measure/single_node.h>

namespace vkm::graph {

std::vector<NodeCandidate> node_candidates(const Graph& graph, const Node& node, const KernelPlan& plan) {
    std::vector<NodeCandidate> candidates(1);
    for (const ChoicePoint& point : lower(isolate(graph, node).graph, with_tuning(plan, {})).choices)
        for (const std::string& name : std::span(point.candidates).subspan(1))
            candidates.push_back({{{point.key(), {name}}}, fmt::format(", {}: {}", point.kernel, name)});
    return candidates;
}

}  // namespace vkm::graph
