#include <graph/lower/lowering.h>
#include <graph/measure/node_candidates.h>
#include <graph/measure/single_node.h>

#include <algorithm>

namespace vkm::graph {

std::vector<NodeCandidate> node_candidates(const Graph& graph, const Node& node, const KernelPlan& plan) {
    std::vector<NodeCandidate> candidates(1);
    for (const ChoicePoint& point : lower(isolate(graph, node).graph, with_tuning(plan, {})).choices)
        for (const std::string& name : std::span(point.candidates).subspan(1))
            candidates.push_back({{{point.key(), {name}}}, fmt::format(", {}: {}", point.kernel, name)});
    return candidates;
}

std::vector<NodeCandidate> candidates_of_larger(const Graph& graph, const Node& node,
                                                const KernelPlan& plan) {
    if (!plan.kernels.matrix_units || plan.kernels.least_matrix_flops == 0) return {};
    std::vector<NodeCandidate> candidates = node_candidates(graph, node, plan);
    std::erase_if(candidates, [&](const NodeCandidate& candidate) {
        const Program program = lower(isolate(graph, node).graph, with_tuning(plan, candidate.tuning));
        return std::ranges::none_of(kernel_specs(program),
                                    [](const engine::KernelSpec& spec) { return spec.shader->matrix_units; });
    });
    return candidates;
}

}  // namespace vkm::graph
