#include "cli/common_options.h"
#include "cli/json_output.h"
#include "cli/matrix_units_option.h"
#include "cli/progress_bar.h"
#include "commands/command.h"

#include <base/interrupt.h>
#include <graph/measure/half_check.h>
#include <graph/measure/kernel_check.h>
#include <graph/measure/kernel_compilation.h>
#include <infer/inference.h>
#include <train/augment/input_cases.h>
#include <train/optimizers.h>
#include <train/step_graph.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <optional>

namespace vkm::apps {
namespace {

struct SelfcheckOptions {
    CommonOptions common;
    bool compile_only = false, variants = false;
    MatrixUnitsOption matrix_units;
};

void add_graphs(std::list<graph::Graph>& graphs, const graph::ModelConfig& config, int64_t batch) {
    train::Recipe recipe;
    recipe.augmentation = {train::Crop::pad4, true};
    for (const graph::DType storage : {graph::DType::f32, graph::DType::f16}) {
        const train::StepShape shape{.local_batch = batch, .global_batch = batch, .storage = storage};
        graphs.push_back(train::training_step(config, recipe, shape).graph);
        graphs.push_back(train::evaluation_step(config, shape).step.graph);
        for (const auto granularity : {graph::Granularity::layers, graph::Granularity::blocks})
            graphs.push_back(infer::inference_graph(config, batch, storage, granularity));
    }
}

// Returns recipes that between them have every loss, all that is done at random, and every kind of average.
std::vector<train::Recipe> special_recipes(int64_t classes) {
    using graph::ops::AverageWarmup;
    std::vector<train::Recipe> recipes(4);
    recipes[0].loss.mixing.mixup_alpha = recipes[1].loss.mixing.mixup_alpha = 1;
    recipes[0].loss.class_weights.assign(static_cast<size_t>(classes), 1);
    recipes[1].loss.bce = recipes[2].loss.bce = true;
    recipes[1].loss.bce_threshold = 0.2;
    recipes[2].loss.class_weights = recipes[0].loss.class_weights;
    recipes[3].loss.mixing.cutmix_alpha = 1;
    constexpr std::array warmups{AverageWarmup::none, AverageWarmup::tensorflow, AverageWarmup::exponential,
                                 AverageWarmup::timm};
    for (size_t i = 0; i < recipes.size(); ++i) {
        recipes[i].average = graph::WeightAverage{.rate = {.warmup = warmups[i]}};
        recipes[i].drop_path = 0.2;
    }
    return recipes;
}

// Returns training, evaluation and inference of every network with a name, the common ones with either padding, every
// optimizer and every loss. Images may be small when the graphs are run: a kernel's constants do not depend on them.
std::list<graph::Graph> every_graph(int64_t batch, int64_t input_size) {
    std::list<graph::Graph> graphs;
    for (const graph::Model& model : graph::models()) {
        graph::ModelConfig config = graph::model_config_of(model);
        config.input_size = input_size;
        add_graphs(graphs, config, batch);
        if (std::ranges::find(graph::common_models(), model) == graph::common_models().end()) continue;
        config.padding = graph::Padding::same;
        add_graphs(graphs, config, batch);
    }
    graph::ModelConfig config = graph::model_config_of(graph::common_models().front());
    config.input_size = input_size;
    for (const train::OptimizerRow& row : train::optimizers())
        for (const graph::DType storage : {graph::DType::f32, graph::DType::f16}) {
            train::Recipe recipe;
            recipe.optimizer.name = row.name;
            if (storage == graph::DType::f16) recipe.without_decay = train::WithoutDecay::norm_and_bias;
            const train::StepShape shape{.local_batch = batch, .global_batch = batch, .storage = storage};
            graphs.push_back(train::training_step(config, recipe, shape).graph);
        }
    train::Recipe recipe;
    recipe.accumulation = 2;
    recipe.clipping = {.adaptive = 0.01, .value = 0.1, .norm = 1};
    recipe.frozen = graph::parse_frozen("stages:1,bn", config);
    for (const graph::DType storage : {graph::DType::f32, graph::DType::f16}) {
        const train::StepShape shape{.local_batch = batch, .global_batch = batch, .storage = storage};
        graphs.push_back(train::training_step(config, recipe, shape).graph);
        graphs.push_back(train::accumulating_step(config, recipe, shape).graph);
    }
    for (const train::Recipe& special : special_recipes(config.num_classes))
        for (const graph::DType storage : {graph::DType::f32, graph::DType::f16}) {
            const train::StepShape shape{.local_batch = batch, .global_batch = batch, .storage = storage};
            graphs.push_back(train::training_step(config, special, shape).graph);
        }
    return graphs;
}

// Returns what makes tensors of images. Their batches are larger than the networks': an image has few operations.
std::list<train::InputCase> every_input(int64_t input_size) {
    graph::ModelConfig config = graph::model_config_of(graph::common_models().front());
    config.input_size = input_size;
    constexpr int64_t batch = 24;
    std::list<train::InputCase> cases;
    for (const graph::DType storage : {graph::DType::f32, graph::DType::f16})
        cases.splice(cases.end(), train::input_cases(config, batch, storage));
    return cases;
}

// Returns whether a device can run a graph: one without fp16 storage runs none that has halves.
bool runs(const graph::PlannedDevice& device, const graph::Graph& graph) {
    return device.plan().device.fp16_storage ||
           std::ranges::none_of(graph.values(), [](const graph::Value& value) {
               return value.type.dtype == graph::DType::f16;
           });
}

/// Prints an array row by row, each on its line as soon as it is there, so that rows survive a
/// driver that ends the program.
class PrintedRows {
  public:
    void add(const nlohmann::json& row) {
        fmt::print("{}", empty_ ? "[" : ",");
        print_json(row);
        std::fflush(stdout);
        empty_ = false;
    }
    void finish() const { fmt::print("{}", empty_ ? "[]\n" : "]\n"); }

  private:
    bool empty_ = true;
};

/// Of a run or of a compilation: what both tell.
template <class Check>
nlohmann::json common_json(const std::string& device, const Check& check) {
    nlohmann::json json{
        {"device", device}, {"kernel", check.kernel}, {"variant", check.variant}, {"ok", check.ok}};
    if (!check.message.empty()) json["message"] = check.message;
    return json;
}

nlohmann::json to_json(const std::string& device, const graph::KernelCheck& check) {
    nlohmann::json json = common_json(device, check);
    if (check.max_error) json["max_error"] = *check.max_error;
    return json;
}

nlohmann::json to_json(const std::string& device, const graph::KernelCompilation& compilation) {
    nlohmann::json json = common_json(device, compilation);
    for (const engine::KernelStatistic& statistic : compilation.statistics)
        json["statistics"][statistic.name] = statistic.value;
    return json;
}

int selfcheck(const SelfcheckOptions& options) {
    const graph::DeviceOptions forced{.plan = {.profile = options.compile_only},
                                      .kernels = graph::matrix_unit_options(options.matrix_units.wanted())};
    const OpenDevices open = open_devices(options.common, forced);
    const std::atomic<bool>& interrupted = watch_for_interrupt();
    const auto stop = [&] { return interrupted.load(); };
    const std::list<graph::Graph> graphs = options.compile_only ? every_graph(32, 224) : every_graph(2, 32);
    const std::list<train::InputCase> inputs = every_input(32);
    PrintedRows rows;
    std::optional<ProgressBar> bar(std::in_place, "kernels checked", std::nullopt,
                                   ProgressBar::Options{.quiet = options.common.quiet});
    size_t failed = 0, total = 0;
    for (graph::PlannedDevice* device : open.pointers()) {
        if (!device->plan().device.fp16_storage)
            spdlog::info("{} has no fp16 storage: what computes with halves is not checked",
                         device->description());
        const auto report = [&](const auto& check) {
            ++total;
            failed += check.ok ? 0 : 1;
            if (options.common.json || !check.ok) bar->clear();
            if (options.common.json)
                rows.add(to_json(device->description(), check));
            else if (!check.ok)
                fmt::print("{}: {} {}: {}\n", device->description(), check.kernel, check.variant,
                           check.message);
            bar->update(total);
        };
        if (options.compile_only) {
            std::vector<const graph::Graph*> all;
            for (const graph::Graph& graph : graphs)
                if (runs(*device, graph)) all.push_back(&graph);
            for (const train::InputCase& input : inputs)
                if (runs(*device, input.graph)) all.push_back(&input.graph);
            graph::compile_kernels(*device, all, options.variants, report, stop);
        } else {
            if (device->plan().device.fp16_storage) report(graph::check_half_stores(*device));
            graph::KernelChecker checker(*device, report, stop);
            for (const graph::Graph& graph : graphs) {
                if (!runs(*device, graph)) continue;
                options.variants ? checker.check_candidates(graph) : checker.check(graph);
            }
            for (const train::InputCase& input : inputs) {
                if (stop()) break;
                if (!runs(*device, input.graph)) continue;
                graph::KernelCheck check =
                    graph::check_graph(*device, input.graph, input.inputs, input.images);
                check.variant += fmt::format(", {}", input.name);
                report(check);
            }
        }
    }
    bar.reset();
    if (options.common.json)
        rows.finish();
    else
        fmt::print("{} kernels checked, {} failed\n", total, failed);
    if (interrupted) {
        fmt::print(stderr, "vkmbv3: interrupted after {} kernels; the others were not checked\n", total);
        return interrupt_status();
    }
    return failed == 0 ? 0 : 1;
}

}  // namespace

Run selfcheck_command(CLI::App& app) {
    const auto options = std::make_shared<SelfcheckOptions>();
    options->common.add(app);
    options->matrix_units.add(app);
    app.add_flag("--variants", options->variants,
                 "also every variant that `tune` may choose instead of the plan's default");
    app.add_flag("--compile-only", options->compile_only,
                 "create every pipeline of training and inference, submit nothing, report what the driver "
                 "tells of each");
    return [options] { return selfcheck(*options); };
}

}  // namespace vkm::apps
