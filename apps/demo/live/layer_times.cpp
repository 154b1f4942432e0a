#include "live/layer_times.h"

#include <base/background_thread.h>
#include <bench/roofs.h>
#include <graph/lower/traffic.h>
#include <infer/classifier.h>
#include <infer/inference.h>
#include <infer/preparation.h>

#include <algorithm>

namespace vkm::demo {
namespace {

constexpr int runs = 9;  // of which the median counts

// Returns the median of each dispatch's times.
std::vector<engine::DispatchTime> medians(const std::vector<std::vector<engine::DispatchTime>>& all) {
    std::vector<engine::DispatchTime> result = all.front();
    for (size_t i = 0; i < result.size(); ++i) {
        std::vector<double> times;
        for (const auto& run : all)
            times.push_back(run.at(i).microseconds);
        std::ranges::nth_element(times, times.begin() + static_cast<ptrdiff_t>(times.size() / 2));
        result[i].microseconds = times[times.size() / 2];
    }
    return result;
}

double of_roof(const bench::Standing& standing, double microseconds, const graph::Traffic& work,
               const bench::Peaks& peaks) {
    if (standing.roof == "launch")
        return static_cast<double>(work.dispatches) * (peaks.launch_us + peaks.barrier_us) / microseconds;
    return standing.roof == "compute" ? standing.share_compute : standing.share_bandwidth;
}

}  // namespace

struct LayerTimes::Roofs {
    bench::Peaks peaks;
};

LayerTimes::LayerTimes(const engine::Instance& instance, std::function<void()> changed)
    : instance_(instance), changed_(std::move(changed)) {}

std::shared_ptr<const LayerTimesState> LayerTimes::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

void LayerTimes::change(const std::function<void(LayerTimesState&)>& change) {
    {
        const std::lock_guard lock(mutex_);
        auto next = std::make_shared<LayerTimesState>(*state_);
        change(*next);
        state_ = std::move(next);
    }
    changed_();
}

void LayerTimes::measure(const LiveChoice& choice) {
    change([](LayerTimesState& s) { s = {.measuring = true, .doing = "waiting"}; });
    tasks_.add([this, choice] {
        work_in_background();
        try {
            run(choice);
        } catch (const std::exception& error) {
            const std::string problem = error.what();
            change([&](LayerTimesState& s) { s = {.problem = problem}; });
        }
    });
}

void LayerTimes::run(const LiveChoice& choice) {
    const auto doing = [&](std::string what) { change([&](LayerTimesState& s) { s.doing = what; }); };
    const auto device = graph::open_device(instance_, choice.device);
    if (!device->device().plan().timestamps)
        throw Error("{} has no clock for single layers", device->description());
    std::shared_ptr<const Roofs>& roofs = roofs_[choice.device];
    if (!roofs) {
        auto measured = std::make_shared<Roofs>();
        for (const bench::PeakMeasurement& one : bench::peak_measurements(*device)) {
            doing("measuring the device: " + one.what);
            try {
                one.measure(measured->peaks);
            } catch (const Error&) {  // what cannot be measured stays 0
            }
        }
        roofs = measured;
    }
    doing("timing the layers");
    graph::ModelFile file = infer::open_model(choice.weights);
    const graph::ModelConfig config = *file.config;
    infer::Inference network(
        *device, config, std::move(file.weights),
        {.precision = choice.half ? graph::DType::f16 : graph::DType::f32, .profile = true});
    const std::vector<uint8_t> grey(infer::input_bytes(config), 128);
    network.run(grey);
    std::vector<std::vector<engine::DispatchTime>> times;
    for (int i = 0; i < runs; ++i) {
        network.run(grey);
        times.push_back(network.times());
    }
    LayerTimesState result{.device = device->description(), .model = std::string(config.model.name())};
    for (const graph::NodeTraffic& row :
         graph::traffic_by_node(network.graph(), network.executor().program(0), medians(times))) {
        if (row.microseconds <= 0) continue;
        LayerTime time{row.layer, row.operation, row.microseconds, 0, 0, {}};
        if (roofs->peaks.roofs()) {
            const bench::Standing standing =
                bench::standing(row.microseconds, row.traffic, roofs->peaks, choice.half);
            time.of_roof = of_roof(standing, row.microseconds, row.traffic, roofs->peaks);
            time.roof = standing.roof;
        }
        result.microseconds += row.microseconds;
        result.layers.push_back(std::move(time));
    }
    for (LayerTime& layer : result.layers)
        layer.share = layer.microseconds / result.microseconds;
    change([&](LayerTimesState& s) { s = result; });
}

}  // namespace vkm::demo
