#include <graph/lower/lowering.h>
#include <graph/measure/kernel_check.h>
#include <graph/measure/node_candidates.h>
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

void write_input(Executor& executor, Executor::Slot slot, const Graph& graph, ValueId id,
                 const HostTensor& tensor) {
    const std::vector<std::byte> bytes = to_bytes(tensor, graph.type(id));
    std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
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
        if (role == Role::input)
            write_input(executor, slot, graph, id, tensor);
        else
            state.write(graph, id, tensor);
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

namespace {

KernelCheck judge(const Graph& graph, const Node& node,
                  const std::function<double(double tolerance)>& largest_error) {
    KernelCheck result{.kernel = std::string(node.op->name()),
                       .variant = fmt::format("{} {}", in_half(graph, node) ? "fp16" : "fp32", node.layer),
                       .max_error = {},
                       .message = {}};
    try {
        const double tolerance = in_half(graph, node) ? fp16_tolerance : fp32_tolerance;
        result.max_error = largest_error(tolerance);
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

}  // namespace

KernelCheck check_node(PlannedDevice& device, const Graph& graph, const Node& node,
                       const std::optional<engine::Tuning>& tuning) {
    return judge(graph, node,
                 [&](double tolerance) { return run(device, isolate(graph, node), tolerance, tuning); });
}

KernelCheck check_graph(PlannedDevice& device, const Graph& graph,
                        const std::map<ValueId, HostTensor>& inputs, ValueId result) {
    const auto makes_it = [&](const Node& node) {
        return std::ranges::find(node.outputs, result) != node.outputs.end();
    };
    return judge(graph, *std::ranges::find_if(graph.nodes(), makes_it), [&](double) {
        DeviceState state(device);
        Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true});
        const Executor::Slot slot = executor.begin();
        for (const auto& [id, tensor] : inputs)
            write_input(executor, slot, graph, id, tensor);
        executor.submit(slot);
        Values values = inputs;
        run_reference(graph, values);
        const HostTensor want = as_stored(values.at(result), graph.type(result));
        return relative_error(want.values, executor.read(0, result).values,
                              std::vector<double>(want.values.size()));
    });
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
    for (const Node& node : graph.nodes()) {
        check(graph, node, device_.plan().tuning, "");
        for (const NodeCandidate& candidate : candidates_of_larger(graph, node, device_.plan()))
            check(graph, node, candidate.tuning, candidate.choice);
    }
}

void KernelChecker::check_candidates(const Graph& graph) {
    for (const Node& node : graph.nodes())
        for (const NodeCandidate& candidate : node_candidates(graph, node, device_.plan()))
            check(graph, node, candidate.tuning, candidate.choice);
}

}  // namespace vkm::graph
