#include <graph/executor.h>
#include <graph/gradients.h>
#include <graph/kernel_check.h>
#include <graph/lowering.h>
#include <graph/operator.h>
#include <graph/reference/reference.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

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

// A node on its own: what it reads comes from the host, what it updates is persistent.
struct SingleNode {
    Graph graph;
    std::vector<ValueId> inputs, written;
};

SingleNode isolate(const Graph& from, const Node& node) {
    SingleNode single;
    const std::vector<size_t> updates = node.op->updates();
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Value& value = from.value(node.inputs[i]);
        Role role = Role::input;
        if (value.role == Role::step_params) role = Role::step_params;
        if (std::find(updates.begin(), updates.end(), i) != updates.end()) role = value.role;
        single.inputs.push_back(single.graph.add_value(
            {.name = fmt::format("{}:{}", i, value.name), .type = value.type, .role = role, .info = {}}));
        if (role != Role::input && role != Role::step_params) single.written.push_back(single.inputs.back());
    }
    // Two updated values of one role (running mean and variance) are ranges of its flat buffer.
    pack_parameters(single.graph);
    const std::vector<ValueId> outputs = single.graph.add(node.layer, node.op, single.inputs);
    single.written.insert(single.written.end(), outputs.begin(), outputs.end());
    return single;
}

// Values an operator may meet: labels are classes, bytes are bytes, variances and counts are positive.
HostTensor random_tensor(const TensorType& type, const std::string& name, int64_t classes) {
    HostTensor tensor(type.shape);
    std::mt19937 random(static_cast<uint32_t>(std::hash<std::string>{}(name)));
    std::normal_distribution<float> normal;
    const bool statistics = type.shape.w == 3 && type.shape.n == 1 && type.shape.h == 1;
    for (int64_t row = 0; row < type.shape.rows(); ++row)
        for (int64_t c = 0; c < type.shape.c; ++c) {
            double& value = tensor.at(row, c);
            switch (type.dtype) {
                case DType::i32:
                    value = static_cast<double>(random() % static_cast<uint32_t>(classes));
                    break;
                case DType::u8:
                    value = static_cast<double>(random() % 256);
                    break;
                default:
                    value = normal(random);
            }
            const bool positive = name.find("running_var") != std::string::npos || (statistics && row > 0);
            if (positive) value = statistics && row == 2 ? 64 : 16 + std::abs(value);
        }
    return from_bytes(to_bytes(tensor, type), type);
}

double relative_error(const HostTensor& want, const HostTensor& got) {
    double largest = 1e-6, worst = 0;
    for (const double v : want.values)
        largest = std::max(largest, std::abs(v));
    for (size_t i = 0; i < want.values.size(); ++i) {
        const double error = std::abs(want.values[i] - got.values[i]);
        if (!(error <= worst)) worst = error;
    }
    return worst / largest;
}

double run(engine::Device& device, const SingleNode& single) {
    const Graph& graph = single.graph;
    StepParams step;
    step.learning_rate = 0.05f;
    step.seed_low = 1;
    int64_t classes = 1;
    for (const ValueId id : single.inputs)
        classes = std::max(classes, graph.type(id).shape.c);
    std::map<ValueId, HostTensor> values;
    for (const ValueId id : single.inputs)
        values[id] = random_tensor(graph.type(id), graph.value(id).name, classes);

    DeviceState state(device);
    Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true, .compile_progress = {}});
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
    run_reference(graph, values, step);
    executor.submit(slot);
    double worst = 0;
    for (const ValueId id : single.written) {
        const double error = relative_error(values.at(id), executor.read(0, id));
        if (!(error <= worst)) worst = error;
    }
    return worst;
}

bool in_half(const Graph& graph, const Node& node) {
    const auto half = [&](ValueId id) { return graph.type(id).dtype == DType::f16; };
    return std::any_of(node.inputs.begin(), node.inputs.end(), half) ||
           std::any_of(node.outputs.begin(), node.outputs.end(), half);
}

}  // namespace

void KernelChecker::check(const Graph& graph) {
    for (const Node& node : graph.nodes()) {
        const SingleNode single = isolate(graph, node);
        std::string kernels, last;
        for (const Command& command : lower(single.graph, device_.plan()).commands)
            if (const auto* dispatch = std::get_if<DispatchCommand>(&command.what)) {
                last = constants_text(dispatch->kernel);
                kernels += dispatch->kernel.shader->name;
                kernels += last;
            }
        if (kernels.empty() || !seen_.insert(kernels).second) continue;
        KernelCheck result{
            .kernel = std::string(node.op->name()),
            .variant = fmt::format("{} {}", in_half(graph, node) ? "fp16" : "fp32", node.layer),
            .max_error = {},
            .message = {},
            .statistics = {}};
        try {
            result.max_error = run(device_, single);
            result.ok = *result.max_error <= (in_half(graph, node) ? fp16_tolerance : fp32_tolerance);
            if (!result.ok)
                result.message = fmt::format(
                    "differs from the reference by {:.2e} of its largest value: the driver "
                    "computes wrongly; update it, or report this",
                    *result.max_error);
        } catch (const Error& error) {
            result.message = error.what();
        }
        report_(result);
    }
}

void compile_kernels(engine::Device& device, const std::vector<const Graph*>& graphs,
                     const KernelReport& report) {
    std::set<std::string> seen;
    std::vector<engine::KernelSpec> specs;
    for (const Graph* graph : graphs)
        for (const Command& command : lower(*graph, device.plan()).commands)
            if (const auto* dispatch = std::get_if<DispatchCommand>(&command.what))
                if (seen.insert(dispatch->kernel.label()).second) specs.push_back(dispatch->kernel);
    for (const engine::KernelSpec& spec : specs) {
        KernelCheck result{.kernel = std::string(spec.shader->name),
                           .variant = constants_text(spec),
                           .max_error = {},
                           .message = {},
                           .statistics = {}};
        try {
            const engine::Kernel* const kernel = device.kernels(std::span(&spec, 1)).front();
            result.statistics = device.statistics(*kernel);
            result.ok = true;
            for (const engine::KernelStatistic& statistic : result.statistics)
                if (statistic.name.find("pill") != std::string::npos &&
                    statistic.value > 0) {  // "Spilled VGPRs", …
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
