#include <graph/lower/lowering.h>
#include <graph/measure/kernel_check.h>
#include <graph/measure/single_node.h>
#include <graph/operator.h>
#include <graph/reference/reference.h>
#include <graph/run/executor.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace vkm::graph {
namespace {

constexpr double fp32_tolerance = 5e-5, fp16_tolerance = 1e-2;

std::string constants_text(const engine::KernelSpec& spec) {
    std::string text;
    for (const uint32_t constant : spec.constants)
        text += fmt::format("{}{}", text.empty() ? "" : ",", constant);
    return fmt::format("{} {} ({})", spec.storage == Storage::f16 ? "fp16" : "fp32",
                       spec.load == LoadPath::texel ? "texel" : "buffer", text);
}

using Values = std::map<ValueId, HostTensor>;

HostTensor as_stored(const HostTensor& tensor, const TensorType& type) {
    return type.dtype == DType::f16 ? from_bytes(to_bytes(tensor, type), type) : tensor;
}

// The reference of inputs that differ by a few roundings: where an activation has a kink, that is how far a
// right result may be from the reference's.
Values reference_of_nearly(const SingleNode& single, Values inputs, const StepParams& step, double factor) {
    for (auto& [id, tensor] : inputs) {
        const DType type = single.graph.type(id).dtype;
        if (type != DType::f32 && type != DType::f16) continue;
        for (double& v : tensor.values)
            v *= factor;
    }
    run_reference(single.graph, inputs, step);
    return inputs;
}

double run(PlannedDevice& device, const SingleNode& single, double tolerance,
           const std::optional<engine::Tuning>& tuning) {
    const Graph& graph = single.graph;
    StepParams step;
    step.learning_rate = 0.05f;
    step.seed_low = 1;
    const int64_t classes = label_classes(single);
    Values values;
    for (const ValueId id : single.inputs)
        values[id] = random_value(graph.value(id), classes);

    DeviceState state(device);
    Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true, .tuning = tuning});
    const Executor::Slot slot = executor.begin();
    for (const auto& [id, tensor] : values) {
        const Role role = graph.value(id).role;
        if (role == Role::step_params) continue;
        if (role == Role::input) {
            const std::vector<std::byte> bytes = to_bytes(tensor, graph.type(id));
            std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
        } else {
            state.write(graph, id, tensor);
        }
    }
    executor.set_step(slot, 0, step);
    const Values inputs = values;
    run_reference(graph, values, step);
    executor.submit(slot);
    Values results;
    double worst = 0;
    for (const ValueId id : single.written) {
        const HostTensor want = as_stored(values.at(id), graph.type(id));
        const HostTensor& got = results[id] = executor.read(0, id);
        worst =
            std::max(worst, relative_error(want.values, got.values, std::vector<double>(want.values.size())));
    }
    if (worst <= tolerance) return worst;

    constexpr double few_roundings = 2e-6;
    const Values below = reference_of_nearly(single, inputs, step, 1 - few_roundings);
    const Values above = reference_of_nearly(single, inputs, step, 1 + few_roundings);
    worst = 0;
    for (const ValueId id : single.written) {
        const HostTensor want = as_stored(values.at(id), graph.type(id));
        std::vector<double> explained(want.values.size());
        for (size_t i = 0; i < explained.size(); ++i)
            explained[i] = std::max(std::abs(below.at(id).values[i] - values.at(id).values[i]),
                                    std::abs(above.at(id).values[i] - values.at(id).values[i]));
        worst = std::max(worst, relative_error(want.values, results.at(id).values, explained));
    }
    return worst;
}

// A node with one choice other than the plan's default; the first with none.
struct Candidate {
    engine::Tuning tuning;
    std::string choice;  ///< ", depthwise tile: 4x2"
};

std::vector<Candidate> candidates_of(const Graph& graph, const Node& node, const KernelPlan& plan) {
    std::vector<Candidate> candidates(1);
    for (const ChoicePoint& point : lower(isolate(graph, node).graph, with_tuning(plan, {})).choices)
        for (const std::string& name : std::span(point.candidates).subspan(1))
            candidates.push_back({{{point.key(), {name}}}, fmt::format(", {}: {}", point.kernel, name)});
    return candidates;
}

bool in_half(const Graph& graph, const Node& node) {
    const auto half = [&](ValueId id) { return graph.type(id).dtype == DType::f16; };
    return std::any_of(node.inputs.begin(), node.inputs.end(), half) ||
           std::any_of(node.outputs.begin(), node.outputs.end(), half);
}

}  // namespace

double relative_error(std::span<const double> want, std::span<const double> got,
                      std::span<const double> explained) {
    double largest = 1e-6, worst = 0;
    for (const double v : want)
        if (std::isfinite(v)) largest = std::max(largest, std::abs(v));
    for (size_t i = 0; i < want.size(); ++i) {
        if (want[i] == got[i] || (std::isnan(want[i]) && std::isnan(got[i]))) continue;
        const double error = std::abs(want[i] - got[i]) - explained[i];
        if (std::isnan(error)) return std::numeric_limits<double>::infinity();
        worst = std::max(worst, error);
    }
    return worst / largest;
}

KernelCheck check_node(PlannedDevice& device, const Graph& graph, const Node& node,
                       const std::optional<engine::Tuning>& tuning) {
    KernelCheck result{.kernel = std::string(node.op->name()),
                       .variant = fmt::format("{} {}", in_half(graph, node) ? "fp16" : "fp32", node.layer),
                       .max_error = {},
                       .message = {},
                       .statistics = {}};
    try {
        const double tolerance = in_half(graph, node) ? fp16_tolerance : fp32_tolerance;
        result.max_error = run(device, isolate(graph, node), tolerance, tuning);
        result.ok = *result.max_error <= tolerance;
        if (!result.ok)
            result.message = fmt::format(
                "differs from the reference by {:.2e} of its largest value: the driver computes wrongly; "
                "update it, or report this",
                *result.max_error);
    } catch (const Error& error) {
        result.message = error.what();
    }
    return result;
}

std::string kernels_of(const Graph& graph, const Node& node, const KernelPlan& plan) {
    std::string kernels;
    for (const engine::KernelSpec& spec : kernel_specs(lower(isolate(graph, node).graph, plan)))
        kernels += (kernels.empty() ? "" : " ") + spec.label();
    return kernels;
}

void KernelChecker::check(const Graph& graph, const Node& node, const engine::Tuning& tuning,
                          const std::string& choice) {
    if (stop_ && stop_()) return;
    const std::string kernels = kernels_of(graph, node, with_tuning(device_.plan(), tuning));
    // What is chosen may be a grid, which the kernels do not show.
    if (kernels.empty() || !seen_.insert(kernels + choice).second) return;
    KernelCheck result = check_node(device_, graph, node, tuning);
    result.variant += choice;
    report_(result);
}

void KernelChecker::check(const Graph& graph) {
    for (const Node& node : graph.nodes())
        check(graph, node, device_.plan().tuning, "");
}

void KernelChecker::check_candidates(const Graph& graph) {
    for (const Node& node : graph.nodes())
        for (const Candidate& candidate : candidates_of(graph, node, device_.plan()))
            check(graph, node, candidate.tuning, candidate.choice);
}

KernelOptions on_matrix_units(KernelOptions options) {
    if (std::ranges::none_of(shaders::all(), [](const Shader* s) { return s->matrix_units; }))
        throw Error(
            "this build has no kernels for matrix units: its glslang has no GL_KHR_cooperative_matrix; "
            "build with glslang 13 or newer");
    options.sharing = Sharing::cooperative_matrix;
    return options;
}

bool counts_spills(const engine::KernelStatistic& statistic) {
    return (statistic.name.find("pill") != std::string::npos && !statistic.name.ends_with("to reg")) ||
           statistic.name == "STP Count";
}

void compile_kernels(PlannedDevice& device, const std::vector<const Graph*>& graphs, bool candidates,
                     const KernelReport& report, const Stop& stop) {
    std::set<std::string> seen;
    std::vector<engine::KernelSpec> specs;
    const auto add = [&](const Program& program) {
        for (const engine::KernelSpec& spec : distinct_kernel_specs(program))
            if (seen.insert(spec.label()).second) specs.push_back(spec);
    };
    for (const Graph* graph : graphs) {
        add(lower(*graph, device.plan()));
        if (!candidates) continue;
        for (const Node& node : graph->nodes())
            for (const Candidate& candidate : candidates_of(*graph, node, device.plan()))
                add(lower(isolate(*graph, node).graph, with_tuning(device.plan(), candidate.tuning)));
    }
    for (const engine::KernelSpec& spec : specs) {
        if (stop && stop()) return;
        KernelCheck result{.kernel = std::string(spec.shader->name),
                           .variant = constants_text(spec),
                           .max_error = {},
                           .message = {},
                           .statistics = {}};
        try {
            const engine::Kernel* const kernel = device.device().kernels(std::span(&spec, 1)).front();
            result.statistics = device.device().statistics(*kernel);
            result.ok = true;
            for (const engine::KernelStatistic& statistic : result.statistics)
                if (counts_spills(statistic) && statistic.value > 0) {
                    result.ok = false;
                    result.message = fmt::format("{}: {}", statistic.name, statistic.value);
                }
        } catch (const Error& error) {
            result.message = error.what();
        }
        report(result);
    }
}

}  // namespace vkm::graph
