#include <bench/model_run.h>
#include <bench/timed_list.h>
#include <graph/executor.h>
#include <graph/gradients.h>
#include <graph/models/model_config.h>
#include <graph/operator.h>
#include <graph/single_node.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>

namespace vkm::bench {
namespace {

using graph::Executor;
using graph::Graph;
using graph::Role;
using graph::Value;
using graph::ValueId;

std::vector<ValueId> given_values(const Graph& graph) {
    std::vector<ValueId> given;
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        const Role role = graph.value(id).role;
        const bool flat = graph::flat_buffer(graph, role) == id;
        if ((role == Role::parameter || role == Role::state) && !flat) given.push_back(id);
    }
    return given;
}

// Weights small enough that activations stay finite through every layer.
void set_weights(graph::DeviceState& state, const Graph& graph) {
    for (const ValueId id : given_values(graph)) {
        const Value& value = graph.value(id);
        graph::HostTensor tensor = graph::random_value(value.type, value.name, 1);
        const double scale = value.type.shape.rows() > 1
                                 ? 1.0 / std::max<double>(1, static_cast<double>(value.type.shape.rows()))
                                 : 1.0;
        for (double& v : tensor.values)
            v *= scale;
        state.write(graph, id, tensor);
    }
}

void set_inputs(Executor& executor, const Graph& graph, size_t slots) {
    int64_t classes = 1;
    for (const ValueId id : graph.with_role(Role::metric))
        classes = std::max(classes, graph.type(id).shape.c);
    graph::StepParams step;
    step.learning_rate = 1e-6f;
    for (size_t i = 0; i < slots; ++i) {
        const Executor::Slot slot = executor.begin();
        for (const ValueId id : graph.with_role(Role::input)) {
            if (graph.value(id).view_of != graph::no_value) continue;
            const std::vector<std::byte> bytes = graph::to_bytes(
                graph::random_value(graph.type(id), graph.value(id).name, classes), graph.type(id));
            std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
        }
        executor.set_step(slot, 0, step);
        executor.submit(slot);
    }
}

// A driver that hands out more than it has ends in swapping, or ends the program.
void require_memory(const engine::Device& device, const Graph& graph) {
    const uint64_t available = device.snapshot().device_memory_bytes();
    const auto need = static_cast<uint64_t>(graph::memory_need(graph, device.plan()).total());
    if (need > available)
        throw OutOfDeviceMemory("{}: takes {} MB of the device's {}", device.description(), need >> 20,
                                available >> 20);
}

// Microseconds a batch of `count` batches, two in flight.
double run_batches(Executor& executor, size_t count) {
    const auto start = std::chrono::steady_clock::now();
    Executor::Slot slot = 0;
    for (size_t i = 0; i < count; ++i) {
        slot = executor.begin();
        executor.submit(slot);
    }
    executor.wait(slot);
    const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start;
    return elapsed.count() / static_cast<double>(count);
}

}  // namespace

ModelResult run_model(engine::Device& device, const NetworkGraph& network, size_t samples, double least_us) {
    const Graph& graph = network.graph;
    ModelResult result{.name = network.name(),
                       .model = network.model,
                       .precision = precision_name(network.precision),
                       .mode = network.training ? "training" : "inference",
                       .batch = network.batch,
                       .input_size = graph::model_config(network.model).input_size,
                       .wall_us = {},
                       .layers = {},
                       .failure = {},
                       .skipped = {}};
    require_memory(device, graph);
    graph::DeviceState state(device);
    {
        // Latency of one image is what batch 1 is for; elsewhere the device never waits for the host.
        const size_t slots = network.batch == 1 && !network.training ? 1 : 2;
        Executor executor({{&state, &graph}}, {.slots = slots, .compile_progress = {}});
        set_weights(state, graph);
        set_inputs(executor, graph, slots);
        const double once_us = run_batches(executor, 1);
        const size_t count = repeats_for(once_us, least_us, 10'000);
        for (size_t i = 0; i < samples; ++i)
            result.wall_us.push_back(run_batches(executor, count));
    }
    Executor profiled({{&state, &graph}}, {.slots = 1, .profile = true, .compile_progress = {}});
    set_inputs(profiled, graph, 1);
    run_batches(profiled, 2);
    const std::vector<engine::DispatchTime> times = profiled.times(0, 0);
    if (times.empty()) return result;  // a device without timestamps
    result.device_us = times.back().start + times.back().microseconds;
    for (const engine::DispatchTime& time : times)
        result.kernels_us += time.microseconds;
    result.layers = graph::traffic_by_node(graph, profiled.program(0), times);
    std::erase_if(result.layers, [](const graph::NodeTraffic& row) { return row.traffic.dispatches == 0; });
    return result;
}

}  // namespace vkm::bench
