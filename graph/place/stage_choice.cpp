#include <engine/error.h>
#include <graph/passes/uses.h>
#include <graph/place/stage_choice.h>

#include <algorithm>
#include <limits>
#include <map>

namespace vkm::graph {
namespace {

constexpr double impossible = std::numeric_limits<double>::infinity();

// Returns what a device takes for the layers [begin, end), all it does with a batch counted as one behind the other.
double seconds_of(const LayerCosts& costs, size_t stage, size_t stages, size_t batches, size_t begin,
                  size_t end) {
    int64_t kept = 0;
    double seconds = 0;
    for (size_t layer = begin; layer < end; ++layer) {
        kept += costs.kept_bytes[layer];
        seconds += costs.devices[stage][layer].forward + costs.devices[stage][layer].backward;
    }
    const uint64_t memory = costs.memory_bytes.empty() ? 0 : costs.memory_bytes[stage];
    const auto at_a_time = static_cast<int64_t>(std::min(stages - stage, batches));
    if (memory > 0 && static_cast<uint64_t>(kept * at_a_time) > memory) return impossible;
    const auto bytes = [&](size_t layer) {
        return layer == 0 || layer == costs.layers()
                   ? int64_t{0}
                   : costs.cuts[layer].forward_bytes + costs.cuts[layer].backward_bytes;
    };
    return seconds + static_cast<double>(bytes(begin) + bytes(end)) * costs.seconds_per_byte;
}

// Counts what each layer of a batch keeps for its backward part.
std::vector<int64_t> kept_bytes_of(const BatchedStep& step) {
    const Graph& graph = *step.graph;
    const NodePlaces layer_of = layers_of_nodes(step);
    const BatchedStep::Batch& batch = step.batches.front();
    const size_t end = step.batches.size() > 1 ? step.batches[1].begin : step.update;
    std::map<ValueId, size_t> made;  // by base: in which layer
    for (size_t i = batch.begin; i < batch.forward; ++i)
        for (const ValueId id : graph.nodes()[i].outputs)
            if (const ValueId base = base_of(graph, id);
                layer_of.stages[i] != NodePlaces::everywhere && !persistent(graph.value(base).role))
                made.emplace(base, layer_of.stages[i]);
    std::vector<int64_t> bytes(layers_of(step).size(), 0);
    for (size_t i = batch.forward; i < end; ++i)
        for (const ValueId id : graph.nodes()[i].inputs)
            if (const auto kept = made.find(base_of(graph, id)); kept != made.end()) {
                bytes[kept->second] += graph.type(kept->first).bytes();
                made.erase(kept);
            }
    return bytes;
}

}  // namespace

LayerCosts costs_without_times(const BatchedStep& step) {
    LayerCosts costs;
    costs.kept_bytes = kept_bytes_of(step);
    for (size_t layer = 0; layer < costs.layers(); ++layer)
        costs.cuts.push_back(traffic_at(step, layer));
    return costs;
}

std::vector<double> seconds_by_device(const LayerCosts& costs) {
    std::vector<double> seconds;
    for (const std::vector<LayerCosts::Seconds>& layers : costs.devices) {
        seconds.push_back(0);
        for (const LayerCosts::Seconds& layer : layers)
            seconds.back() += layer.forward + layer.backward;
    }
    return seconds;
}

std::vector<StageTimes> stage_times(const LayerCosts& costs, const StageLayers& layers) {
    std::vector<StageTimes> times(layers.count());
    for (size_t layer = 0; layer < costs.layers(); ++layer) {
        const size_t stage = layers.stage_of(layer);
        times[stage].forward += costs.devices[stage][layer].forward;
        times[stage].backward += costs.devices[stage][layer].backward;
    }
    for (size_t stage = 1; stage < layers.count(); ++stage) {
        const CutTraffic& cut = costs.cuts[layers.begins[stage]];
        times[stage - 1].give_forward = static_cast<double>(cut.forward_bytes) * costs.seconds_per_byte;
        times[stage].give_backward = static_cast<double>(cut.backward_bytes) * costs.seconds_per_byte;
    }
    return times;
}

StageLayers choose_stages(const LayerCosts& costs, size_t batches) {
    const size_t stages = costs.devices.size(), layers = costs.layers();
    if (stages > layers)
        throw Error("a network of {} layers cannot be split over {} devices: use fewer devices", layers,
                    stages);
    // slowest[s][l]: of the first s stages, where they have the first l layers; begin[s][l]: where the
    // last of them begins.
    std::vector slowest(stages + 1, std::vector(layers + 1, impossible));
    std::vector begin(stages + 1, std::vector<size_t>(layers + 1, 0));
    slowest[0][0] = 0;
    for (size_t stage = 0; stage < stages; ++stage)
        for (size_t end = stage + 1; end <= layers; ++end)
            for (size_t from = stage; from < end; ++from) {
                const double seconds =
                    std::max(slowest[stage][from], seconds_of(costs, stage, stages, batches, from, end));
                if (seconds >= slowest[stage + 1][end]) continue;
                slowest[stage + 1][end] = seconds;
                begin[stage + 1][end] = from;
            }
    if (slowest[stages][layers] == impossible)
        throw OutOfDeviceMemory(
            "the layers do not fit these {} devices however they are split: use a smaller --batch-size with more "
            "--grad-accum, or more devices",
            stages);
    StageLayers chosen{std::vector<size_t>(stages)};
    for (size_t stage = stages, end = layers; stage > 0; --stage)
        end = chosen.begins[stage - 1] = begin[stage][end];
    return chosen;
}

}  // namespace vkm::graph
