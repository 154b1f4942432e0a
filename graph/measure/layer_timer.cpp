#include <graph/lower/traffic.h>
#include <graph/measure/graph_timer.h>
#include <graph/measure/layer_timer.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace vkm::graph {

namespace {

using Seconds = LayerCosts::Seconds;

// Adds up a pass by layer. A device without timestamps has the pass's time by the bytes that nodes touch.
std::vector<Seconds> by_layer(const BatchedStep& step, const NodePlaces& layer_of, size_t layers,
                              std::span<const NodeTraffic> nodes, double pass_seconds) {
    double timed = 0, bytes = 0;
    for (const NodeTraffic& node : nodes) {
        timed += node.microseconds * 1e-6;
        bytes += node.traffic.bytes;
    }
    std::vector<Seconds> seconds(layers);
    for (size_t node = 0; node < step.update; ++node) {
        const size_t layer = layer_of.stages[node];
        if (layer == NodePlaces::everywhere) continue;
        const double taken =
            timed > 0 ? nodes[node].microseconds * 1e-6 : nodes[node].traffic.bytes / bytes * pass_seconds;
        (node < step.batches.front().forward ? seconds[layer].forward : seconds[layer].backward) += taken;
    }
    return seconds;
}

}  // namespace

std::vector<Seconds> time_layers(const DeviceState& state, const BatchedStep& step) {
    constexpr int passes = 3;
    const size_t layers = layers_of(step).size();
    const NodePlaces layer_of = layers_of_nodes(step);
    const std::unique_ptr<DeviceState> beside = state.beside();
    GraphRun run(*beside, *step.graph, {.slots = 1, .profile = true});
    std::vector<Seconds> best;
    for (int pass = 0; pass < passes; ++pass) {
        const double pass_seconds = run.run(1) * 1e-6;
        const std::vector<NodeTraffic> nodes =
            traffic_by_node(*step.graph, run.executor().program(0), run.executor().times(0, 0));
        const std::vector<Seconds> seconds = by_layer(step, layer_of, layers, nodes, pass_seconds);
        if (best.empty()) best = seconds;
        for (size_t layer = 0; layer < best.size(); ++layer)
            best[layer] = {std::min(best[layer].forward, seconds[layer].forward),
                           std::min(best[layer].backward, seconds[layer].backward)};
    }
    return best;
}

double seconds_per_byte_of(const DeviceState& state) {
    constexpr size_t bytes = size_t{4} << 20;
    constexpr int passes = 3;
    engine::Device& device = state.device();
    const engine::Block block = device.allocate(bytes, engine::MemoryKind::device, "to time transfers");
    std::vector<std::byte> host(bytes);
    const engine::Slice all{&block, 0, bytes};
    double best = std::numeric_limits<double>::infinity();
    for (int pass = 0; pass < passes; ++pass) {
        const auto begun = std::chrono::steady_clock::now();
        device.write(all, host);
        device.read(all, host);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
        best = std::min(best, seconds.count() / static_cast<double>(bytes));
    }
    return best;
}

LayerCosts measured_costs(std::span<const std::unique_ptr<DeviceState>> devices, const BatchedStep& step) {
    LayerCosts costs = costs_without_times(step);
    for (const std::unique_ptr<DeviceState>& device : devices) {
        costs.devices.push_back(time_layers(*device, step));
        costs.seconds_per_byte = std::max(costs.seconds_per_byte, seconds_per_byte_of(*device));
    }
    return costs;
}

}  // namespace vkm::graph
