#include <bench/model_run.h>
#include <bench/timed_list.h>
#include <graph/measure/graph_timer.h>
#include <graph/models/model_config.h>
#include <graph/operator.h>
#include <graph/run/executor.h>

#include <algorithm>
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

}  // namespace

ModelResult run_model(graph::PlannedDevice& device, const NetworkGraph& network, size_t samples,
                      double least_us) {
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
        // Batch 1 is for the latency of one image; otherwise the device never waits for the host.
        const size_t slots = network.batch == 1 && !network.training ? 1 : graph::steps_in_flight;
        graph::GraphRun run(state, graph, {.slots = slots});
        const double once_us = run.run(1);
        const size_t count = repeats_for(once_us, least_us, 10'000);
        for (size_t i = 0; i < samples; ++i)
            result.wall_us.push_back(run.run(count));
    }
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
