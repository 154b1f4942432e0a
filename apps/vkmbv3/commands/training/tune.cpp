#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/precision.h"
#include "cli/tuning.h"
#include "commands/command.h"

#include <engine/cache/tuning_file.h>
#include <train/step_graph.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::apps {
namespace {

struct TuneOptions {
    CommonOptions common;
    ModelArguments model;
    int64_t batch_size = 32;
    std::string only;
};

std::vector<Workload> workloads_of(const TuneOptions& options, const graph::ModelConfig& model,
                                   const graph::PlannedDevice& device, graph::DType storage) {
    std::vector<Workload> workloads;
    if (options.only != "training") {
        std::vector<int64_t> batches{1};
        if (options.batch_size > 1) batches.push_back(options.batch_size);
        for (const int64_t batch : batches)
            workloads.push_back(inference_workload(work_of("inference", batch), model, batch, storage));
    }
    if (options.only != "inference") {
        train::Recipe recipe;
        recipe.augmentation = {train::Crop::pad4, true};
        const std::string work = work_of("training", options.batch_size);
        workloads.push_back({{{work, train::training_step(model, recipe,
                                                          {.local_batch = options.batch_size,
                                                           .global_batch = options.batch_size,
                                                           .fusion = device.plan().fusion,
                                                           .storage = storage})
                                         .graph}},
                             options.batch_size,
                             precision_key(model, work)});
    }
    return workloads;
}

nlohmann::json to_json(const TuningReport& report) {
    nlohmann::json rows = nlohmann::json::array();
    for (const Tuned& tuned : report.graphs) {
        for (const graph::TunedPoint& point : tuned.result.points)
            rows.push_back({{"device", tuned.device},
                            {"kernel", point.point.kernel},
                            {"shape", point.point.shape},
                            {"choice", point.point.candidates[point.best]},
                            {"gain", point.gain},
                            {"default", point.point.candidates.front()}});
        rows.push_back({{"device", tuned.device},
                        {"kernel", "all"},
                        {"shape", tuned.workload},
                        {"precision", precision_name(tuned.storage)},
                        {"choice", tuned.result.kept ? "tuned" : "default"},
                        {"gain", tuned.result.gain},
                        {"default", "default"},
                        {"pipelines", tuned.result.kernels},
                        {"default_pipelines", tuned.result.kernels_before}});
    }
    for (const TunedPrecision& tuned : report.precisions)
        rows.push_back({{"device", tuned.device},
                        {"kernel", "precision"},
                        {"shape", tuned.key.substr(tuned.key.find('|') + 2)},
                        {"choice", precision_name(tuned.best())},
                        {"gain", tuned.gain()},
                        {"default", precision_name(tuned.standard)}});
    return rows;
}

void print_tuned(const Tuned& tuned) {
    std::vector<graph::TunedPoint> changed = tuned.result.points;
    std::erase_if(changed, [](const graph::TunedPoint& point) { return point.best == 0; });
    std::ranges::stable_sort(changed, std::greater{}, &graph::TunedPoint::saved_us);
    fmt::print("{}  {}, {}: {}\n", tuned.device, tuned.workload, precision_name(tuned.storage),
               summary_of(tuned.result));
    for (const graph::TunedPoint& point : changed)
        fmt::print("  {:.2f}x  {} ({})  {}: {}, not {}\n", point.gain, point.point.kernel, point.nodes,
                   point.point.shape, point.point.candidates[point.best], point.point.candidates.front());
}

int run(const TuneOptions& options) {
    const graph::ModelConfig model = options.model.resolve();
    const OpenDevices open = open_devices(options.common);
    const TuningReport report = tune(
        open, options.common,
        [&](const OpenDevices& devices, size_t i, graph::DType storage) {
            return workloads_of(options, model, *devices.devices[i], storage);
        },
        true);
    if (options.common.json) {
        print_json(to_json(report), 2);
        return 0;
    }
    std::ranges::for_each(report.graphs, print_tuned);
    for (const TunedPrecision& tuned : report.precisions)
        fmt::print("{}  {}: {}\n", tuned.device, tuned.key.substr(tuned.key.find('|') + 2),
                   summary_of(tuned));
    for (const graph::PlannedDevice* device : open.pointers())
        fmt::print("{}\n", engine::tuning_path(device->snapshot()).string());
    return 0;
}

}  // namespace

Run tune_command(CLI::App& app) {
    const auto options = std::make_shared<TuneOptions>();
    options->common.add(app);
    options->model.add(app);
    app.add_option("--batch-size", options->batch_size, "images of a batch, on every device")
        ->check(batch_sizes())
        ->capture_default_str();
    app.add_option("--only", options->only, "training or inference alone")
        ->check(CLI::IsMember({"training", "inference"}));
    return [options] { return run(*options); };
}

}  // namespace vkm::apps
