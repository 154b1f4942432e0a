#include <base/quantile.h>
#include <bench/model_run.h>
#include <bench/timed_list.h>
#include <graph/measure/graph_timer.h>
#include <graph/operator.h>
#include <graph/run/executor.h>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace vkm::bench {
namespace {

using graph::Graph;

// Throws where the graph needs more memory than the device has: some drivers hand out more, and then the
// machine swaps or the program ends.
void require_memory(const graph::PlannedDevice& device, const Graph& graph) {
    const uint64_t available = device.snapshot().device_memory_bytes();
    const auto need = static_cast<uint64_t>(graph::memory_need(graph, device.plan()).total());
    if (need > available)
        throw OutOfDeviceMemory("{}: takes {} MB of the device's {}", device.description(), need >> 20,
                                available >> 20);
}

// With fewer nothing could be said of the noise.
constexpr size_t least_samples = 3;

// Batch 1 is for the latency of one image; otherwise the device never waits for the host.
size_t slots_of(bool training, int64_t batch) {
    return batch == 1 && !training ? 1 : graph::steps_in_flight;
}

}  // namespace

size_t least_batches(bool training, int64_t batch) {
    return slots_of(training, batch) + 1 + least_samples;
}

ModelResult run_model(graph::PlannedDevice& device, const NetworkGraph& network, const ModelRun& how) {
    const Graph& graph = network.graph;
    ModelResult result{.name = network.name(),
                       .model = network.model,
                       .precision = precision_name(network.precision),
                       .mode = network.training ? "training" : "inference",
                       .batch = network.batch,
                       .input_size = network.input_size,
                       .wall_us = {},
                       .layers = {},
                       .failure = {},
                       .skipped = {}};
    require_memory(device, graph);
    graph::DeviceState state(device);
    {
        const size_t slots = slots_of(network.training, network.batch);
        const auto start = std::chrono::steady_clock::now();
        graph::GraphRun run(state, graph, {.slots = slots});
        double once_us = run.run(1);
        const std::chrono::duration<double, std::micro> first = std::chrono::steady_clock::now() - start;
        // The first run waits for what filled the slots, too.
        if (once_us < how.least_us) once_us = run.run(1);
        const size_t count = repeats_for(once_us, how.least_us, 10'000);
        while (result.wall_us.size() < how.samples &&
               (result.wall_us.size() < least_samples || !how.enough || !how.enough()))
            result.wall_us.push_back(run.run(count));
        result.setup_us =
            std::max(0.0, first.count() - median(result.wall_us) * static_cast<double>(slots + 1));
    }
    if (!how.layers) return result;
    graph::GraphRun profiled(state, graph, {.slots = 1, .profile = true});
    profiled.run(2);
    const std::vector<engine::DispatchTime> times = profiled.executor().times(0, 0);
    if (times.empty()) return result;  // a device without timestamps
    result.device_us = times.back().start + times.back().microseconds;
    for (const engine::DispatchTime& time : times)
        result.kernels_us += time.microseconds;
    result.layers = graph::traffic_by_node(graph, profiled.executor().program(0), times);
    std::erase_if(result.layers, [](const graph::NodeTraffic& row) { return row.traffic.dispatches == 0; });
    return result;
}

}  // namespace vkm::bench
