#include "tuning.h"

#include <engine/tuning_file.h>
#include <graph/inference.h>
#include <train/report/progress.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vkm::apps {
namespace {

using engine::Tuning;

// What is known of other graphs.
Tuning without_choices_of(Tuning known, const std::vector<Workload>& workloads,
                          const engine::Device& device) {
    for (const Workload& workload : workloads)
        for (const graph::TunedPoint& tuned : graph::open_choices(workload.graph, device.plan(), {}))
            known.erase(tuned.point.key());
    return known;
}

graph::GraphTuning tune_one(engine::Device& device, const Workload& workload, const Tuning& known,
                            bool quiet) {
    std::optional<train::ProgressBar> bar;
    graph::TuningOptions options;
    if (!quiet)
        options.progress = [&](size_t done, size_t total) {
            if (!bar) bar.emplace(fmt::format("tuning {}", workload.name), total);
            bar->update(done, "");
        };
    return graph::tune_graph(device, workload.graph, known, options);
}

}  // namespace

std::vector<Workload> inference_workloads(const std::string& name, const graph::ModelConfig& model,
                                          int64_t batch_size, graph::DType storage) {
    using graph::Granularity;
    return {{name, graph::inference_graph(model, batch_size, storage, Granularity::layers)},
            {name + ", blocks", graph::inference_graph(model, batch_size, storage, Granularity::blocks)}};
}

std::string summary_of(const graph::GraphTuning& result) {
    const auto changed =
        std::ranges::count_if(result.points, [](const graph::TunedPoint& tuned) { return tuned.best != 0; });
    if (!result.kept)
        return fmt::format("no gain beyond noise with other choices ({:.3f}x +- {:.3f}): the defaults remain",
                           result.gain, result.noise);
    if (changed == 0)
        return fmt::format("none of {} choices is better than the default", result.points.size());
    return fmt::format("{:.3f}x as fast with {} of {} choices changed, {} pipelines instead of {}",
                       result.gain, changed, result.points.size(), result.kernels, result.kernels_before);
}

std::vector<Tuned> tune(const OpenDevices& open, const Workloads& workloads_of, bool anew, bool quiet) {
    std::vector<Tuned> all;
    std::map<std::filesystem::path, Tuning> tunings;
    for (size_t i = 0; i < open.devices.size(); ++i) {
        engine::Device& device = *open.devices[i];
        const engine::DeviceSnapshot& snapshot = device.snapshot();
        const auto [at, first] = tunings.try_emplace(engine::tuning_path(snapshot));
        if (first) {
            at->second = engine::load_tuning(snapshot);
            engine::save_tuning(snapshot, at->second);  // what cannot be kept is not worth minutes
        }
        Tuning& known = at->second;
        const std::vector<Workload> workloads = workloads_of(open, i);
        if (anew && first) known = without_choices_of(std::move(known), workloads, device);
        for (const Workload& workload : workloads) {
            if (graph::open_choices(workload.graph, device.plan(), known).empty()) continue;
            if (!quiet) spdlog::info("{}: tuning {}", device.description(), workload.name);
            graph::GraphTuning result = tune_one(device, workload, known, quiet);
            known = result.tuning;
            engine::save_tuning(snapshot, known);
            if (!quiet) spdlog::info("  {}", summary_of(result));
            all.push_back({device.description(), workload.name, std::move(result)});
        }
    }
    return all;
}

void add_tune_option(CLI::App& app, bool& tune_first) {
    app.add_flag("--tune", tune_first,
                 "measure kernel variants first, where that was not done for this model and device");
}

OpenDevices open_tuned(const CommonOptions& options, bool tune_first, const Workloads& workloads,
                       const engine::PlanOptions& plan) {
    CommonOptions again = options;
    if (tune_first) {
        tune(open_devices(options, plan), workloads, false, options.quiet);
        again.quiet = true;
    }
    return open_devices(again, plan, true);
}

}  // namespace vkm::apps
