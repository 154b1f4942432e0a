#include "cli/tuning.h"

#include "cli/precision.h"
#include "cli/progress_bar.h"

#include <engine/cache/tuning_file.h>
#include <graph/lower/lowering.h>
#include <infer/inference.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vkm::apps {
namespace {

using engine::Tuning;
using graph::DType;

graph::GraphTuning tune_part(graph::PlannedDevice& device, const Workload::Part& part, const Tuning& known,
                             bool quiet) {
    std::optional<ProgressBar> bar;
    graph::TuningOptions options;
    options.progress = [&](size_t done, size_t total) {
        if (!bar)
            bar.emplace(fmt::format("tuning {}", part.name), total, ProgressBar::Options{.quiet = quiet});
        bar->update(done);
    };
    return graph::tune_graph(device, part.graph, known, options);
}

/// Tunes one device, and keeps what it learns.
class DeviceTuner {
  public:
    DeviceTuner(graph::PlannedDevice& device, const CommonOptions& options, Tuning& known,
                TuningReport& report)
        : device_(device), options_(options), known_(known), report_(report) {}

    /// Returns what --precision may mean, the choice of the device's plan first.
    std::vector<DType> storages() const {
        if (options_.precision != "auto") return {storage_type(options_, {&device_}, {})};
        const graph::KernelPlan untuned = graph::with_tuning(device_.plan(), {});
        if (!untuned.device.fp16_storage) return {DType::f32};
        return faster_storage(untuned, {}) == DType::f16 ? std::vector{DType::f16, DType::f32}
                                                         : std::vector{DType::f32, DType::f16};
    }

    void forget(const Workload& workload) {
        for (const Workload::Part& part : workload.parts)
            for (const graph::TunedPoint& tuned : graph::open_choices(part.graph, device_.plan(), {}))
                known_.erase(tuned.point.key());
        known_.erase(workload.precision_key);
    }

    void tune(const Workload& workload, DType storage) {
        for (const Workload::Part& part : workload.parts) {
            if (graph::open_choices(part.graph, device_.plan(), known_).empty()) continue;
            say("{}: tuning {}, {}", device_.description(), part.name, precision_name(storage));
            graph::GraphTuning result = tune_part(device_, part, known_, options_.quiet);
            keep(result.tuning);
            say("  {}", summary_of(result));
            report_.graphs.push_back({device_.description(), part.name, storage, std::move(result)});
        }
    }

    /// Tunes one workload in the standard precision and in the other.
    void tune(const Workload& standard, DType standard_storage, const Workload& other, DType other_storage) {
        const std::optional<DType> faster = measured_storage(known_, standard.precision_key);
        if (!faster || *faster == standard_storage) tune(standard, standard_storage);
        if (!faster || *faster == other_storage) tune(other, other_storage);
        if (!faster) compare(standard, standard_storage, other, other_storage);
    }

  private:
    void compare(const Workload& standard, DType standard_storage, const Workload& other,
                 DType other_storage) {
        TunedPrecision tuned{device_.description(), standard.precision_key, standard_storage, other_storage};
        say("{}: {} or {} for {}", tuned.device, precision_name(tuned.standard), precision_name(tuned.other),
            standard.parts.front().name);
        try {
            tuned.comparison =
                graph::compare_graphs(device_, {standard.graph(), known_}, {other.graph(), known_});
        } catch (const OutOfDeviceMemory& error) {
            say("  {} remains: {}", precision_name(tuned.standard), error.what());
            return;
        }
        // Compares times of an image: the largest batches of the two precisions may differ.
        tuned.comparison.ratio *= static_cast<double>(standard.images) / static_cast<double>(other.images);
        say("  {}", summary_of(tuned));
        Tuning tuning = known_;
        tuning[tuned.key] = {std::string(precision_name(tuned.best())), tuned.gain()};
        keep(std::move(tuning));
        report_.precisions.push_back(std::move(tuned));
    }

    template <typename... Args>
    void say(fmt::format_string<Args...> format, Args&&... args) const {
        if (!options_.quiet) spdlog::info(format, std::forward<Args>(args)...);
    }

    void keep(Tuning tuning) {
        known_ = std::move(tuning);
        engine::save_tuning(device_.snapshot(), known_);
    }

    graph::PlannedDevice& device_;
    const CommonOptions& options_;
    Tuning& known_;
    TuningReport& report_;
};

}  // namespace

Workload inference_workload(const std::string& name, const graph::ModelConfig& model, int64_t batch_size,
                            DType storage) {
    using graph::Granularity;
    return {{{name, infer::inference_graph(model, batch_size, storage, Granularity::layers)},
             {name + ", blocks", infer::inference_graph(model, batch_size, storage, Granularity::blocks)}},
            batch_size,
            precision_key(model, work_of("inference", batch_size))};
}

DType TunedPrecision::best() const {
    return comparison.faster(0) ? other : standard;
}

double TunedPrecision::gain() const {
    return best() == standard ? 1 : 1 / comparison.ratio;
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

std::string summary_of(const TunedPrecision& tuned) {
    return fmt::format("{} takes {:.3f}x the time of {} (+- {:.3f}): {} it is", precision_name(tuned.other),
                       tuned.comparison.ratio, precision_name(tuned.standard), tuned.comparison.noise,
                       precision_name(tuned.best()));
}

TuningReport tune(const OpenDevices& open, const CommonOptions& options, const Workloads& workloads,
                  bool anew) {
    TuningReport report;
    std::map<std::filesystem::path, Tuning> tunings;
    for (size_t i = 0; i < open.devices.size(); ++i) {
        const engine::DeviceSnapshot& snapshot = open.devices[i]->snapshot();
        const auto [at, first] = tunings.try_emplace(engine::tuning_path(snapshot));
        if (first) {
            at->second = engine::load_tuning(snapshot);
            engine::save_tuning(snapshot, at->second);  // what cannot be kept is not worth minutes
        }
        DeviceTuner tuner(*open.devices[i], options, at->second, report);
        const std::vector<DType> storages = tuner.storages();
        std::vector<std::vector<Workload>> work;
        for (const DType storage : storages)
            work.push_back(workloads(open, i, storage));
        if (anew && first)
            for (const std::vector<Workload>& in_one_precision : work)
                std::ranges::for_each(in_one_precision, [&](const Workload& w) { tuner.forget(w); });
        for (size_t w = 0; w < work.front().size(); ++w)
            if (work.size() == 1)
                tuner.tune(work[0][w], storages[0]);
            else
                tuner.tune(work[0][w], storages[0], work[1][w], storages[1]);
    }
    return report;
}

void add_tune_option(CLI::App& app, bool& tune_first) {
    app.add_flag("--tune", tune_first,
                 "measure kernel variants (and precisions, with auto) first, where that was not done for "
                 "this model and device");
}

OpenDevices open_tuned(const CommonOptions& options, bool tune_first, const Workloads& workloads,
                       const graph::DeviceOptions& forced) {
    CommonOptions again = options;
    if (tune_first) {
        tune(open_devices(options, forced), options, workloads, false);
        again.quiet = true;
    }
    return open_devices(again, forced, true);
}

}  // namespace vkm::apps
