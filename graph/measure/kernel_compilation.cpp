#include <graph/lower/lowering.h>
#include <graph/measure/kernel_compilation.h>
#include <graph/measure/node_candidates.h>
#include <graph/measure/single_node.h>

#include <set>
#include <span>

namespace vkm::graph {
namespace {

std::string constants_text(const engine::KernelSpec& spec) {
    std::string text;
    for (const uint32_t constant : spec.constants)
        text += fmt::format("{}{}", text.empty() ? "" : ",", constant);
    return fmt::format("{} {} ({})", spec.storage == Storage::f32 ? "fp32" : "fp16",
                       spec.load == LoadPath::texel ? "texel" : "buffer", text);
}

std::vector<engine::KernelSpec> specs_of(const std::vector<const Graph*>& graphs, const KernelPlan& plan,
                                         bool candidates) {
    std::set<std::string> seen;
    std::vector<engine::KernelSpec> specs;
    const auto add = [&](const Program& program) {
        for (const engine::KernelSpec& spec : distinct_kernel_specs(program))
            if (seen.insert(spec.label()).second) specs.push_back(spec);
    };
    for (const Graph* graph : graphs) {
        add(lower(*graph, plan));
        if (!candidates) continue;
        for (const Node& node : graph->nodes())
            for (const NodeCandidate& candidate : node_candidates(*graph, node, plan))
                add(lower(isolate(*graph, node).graph, with_tuning(plan, candidate.tuning)));
    }
    return specs;
}

KernelCompilation compile(engine::Device& device, const engine::KernelSpec& spec) {
    KernelCompilation result{.kernel = std::string(spec.shader->name),
                             .variant = constants_text(spec),
                             .message = {},
                             .statistics = {}};
    try {
        const engine::Kernel* const kernel = device.kernels(std::span(&spec, 1)).front();
        result.statistics = device.statistics(*kernel);
        result.ok = true;
        for (const engine::KernelStatistic& statistic : result.statistics)
            if (counts_spills(statistic) && statistic.value > 0) {
                result.ok = false;
                result.message = fmt::format("{}: {}", statistic.name, statistic.value);
            }
    } catch (const Error& error) {
        result.message = error.what();
    }
    return result;
}

}  // namespace

bool counts_spills(const engine::KernelStatistic& statistic) {
    return (statistic.name.find("pill") != std::string::npos && !statistic.name.ends_with("to reg")) ||
           statistic.name == "STP Count";
}

void compile_kernels(PlannedDevice& device, const std::vector<const Graph*>& graphs, bool candidates,
                     const std::function<void(const KernelCompilation&)>& report,
                     const std::function<bool()>& stop) {
    for (const engine::KernelSpec& spec : specs_of(graphs, device.plan(), candidates)) {
        if (stop && stop()) return;
        report(compile(device.device(), spec));
    }
}

}  // namespace vkm::graph
