#include "commands/training/explanation.h"

#include "cli/json_output.h"
#include "cli/usage_error.h"

#include <graph/lower/lowering.h>
#include <graph/lower/traffic.h>
#include <graph/models/initialise.h>
#include <graph/run/executor.h>
#include <train/data/loader.h>
#include <train/step_executor.h>
#include <train/training_loading.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>

namespace vkm::apps {
namespace {

using graph::Traffic;

struct Explanation {
    std::string device;
    int64_t images = 0;
    std::vector<graph::NodeTraffic> rows;
    Traffic total;
    double microseconds = 0;
    int64_t stored_bytes = 0;  ///< from forward to backward
    graph::MemoryNeed need;
    size_t pipelines = 0;
};

Explanation explain(const engine::Device& device, const graph::KernelPlan& plan, const train::StepGraph& step,
                    int64_t images, const std::vector<engine::DispatchTime>& times) {
    const graph::Program program = graph::lower(step.graph, plan);
    Explanation result{.device = device.description(),
                       .images = images,
                       .rows = graph::traffic_by_node(step.graph, program, times),
                       .total = {},
                       .stored_bytes = graph::stored_activation_bytes(step.graph, step.metrics),
                       .need = graph::memory_need(step.graph, plan),
                       .pipelines = graph::distinct_kernel_specs(program).size()};
    for (const graph::NodeTraffic& row : result.rows) {
        result.total += row.traffic;
        result.microseconds += row.microseconds;
    }
    return result;
}

constexpr double mega = 1e-6;

void print(const Explanation& e) {
    const bool timed = e.microseconds > 0;
    const auto line = [&](std::string_view layer, std::string_view operation, const Traffic& t, double us) {
        fmt::print("{:<34} {:<24} {:>4} {:>10.3f} {:>10.3f} {:>10.2f}", layer, operation, t.dispatches,
                   t.bytes * mega, t.least_bytes * mega, t.flops * mega);
        if (timed) fmt::print(" {:>10.1f} {:>6.1f}", us, us > 0 ? t.bytes / us * 1e-3 : 0);
        fmt::print("\n");
    };
    fmt::print("{}, a share of {} images\n", e.device, e.images);
    fmt::print("{:<34} {:<24} {:>4} {:>10} {:>10} {:>10}{}\n", "layer", "operation", "runs", "planned MB",
               "least MB", "MFLOP", timed ? "         us   GB/s" : "");
    for (const graph::NodeTraffic& row : e.rows)
        line(row.layer, row.operation, row.traffic, row.microseconds);
    line("total", "", e.total, e.microseconds);
    const auto images = static_cast<double>(e.images);
    fmt::print(
        "an image: planned {:.1f} MB, least {:.1f} MB, {:.2f} GFLOP; "
        "activations kept for backward {:.1f} MB\n",
        e.total.bytes * mega / images, e.total.least_bytes * mega / images, e.total.flops * 1e-9 / images,
        static_cast<double>(e.stored_bytes) * mega / images);
    fmt::print("pipelines: {}\n", e.pipelines);
    fmt::print(
        "memory: parameters, gradients and momenta {:.1f} MB, activations {:.1f} MB, batches in flight "
        "{:.1f} MB\n",
        static_cast<double>(e.need.persistent_bytes) * mega, static_cast<double>(e.need.arena_bytes) * mega,
        static_cast<double>(e.need.slot_bytes) * mega);
}

nlohmann::json to_json(const Traffic& t) {
    return {{"dispatches", t.dispatches},
            {"planned_bytes", t.bytes},
            {"least_bytes", t.least_bytes},
            {"flops", t.flops}};
}

nlohmann::json to_json(const Explanation& e) {
    nlohmann::json layers = nlohmann::json::array();
    for (const graph::NodeTraffic& row : e.rows) {
        nlohmann::json layer = to_json(row.traffic);
        layer["layer"] = row.layer;
        layer["operator"] = row.operation;
        if (e.microseconds > 0) layer["us"] = row.microseconds;
        layers.push_back(std::move(layer));
    }
    nlohmann::json json = to_json(e.total);
    json.update({{"device", e.device},
                 {"images", e.images},
                 {"stored_activation_bytes", e.stored_bytes},
                 {"persistent_bytes", e.need.persistent_bytes},
                 {"arena_bytes", e.need.arena_bytes},
                 {"pipelines", e.pipelines},
                 {"layers", std::move(layers)}});
    if (e.microseconds > 0) json["us"] = e.microseconds;
    return json;
}

}  // namespace

void require_run(const TrainArguments& arguments) {
    if (arguments.resume.empty() ||
        std::filesystem::exists(std::filesystem::path(arguments.resume) / "config.yaml"))
        return;
    throw UsageError(
        fmt::format("--resume {}: there is no run to explain, for it has no config.yaml; check the path",
                    arguments.resume));
}

void explain(const TrainArguments& arguments, TrainingSetup& setup) {
    require_run(arguments);
    const train::Recipe& recipe = arguments.recipe;
    const bool as_json = arguments.common.json;
    train::ModelOnDevices& replicas = setup.replicas();
    if (setup.placement() == train::PlacementPolicy::Kind::pipeline)
        throw UsageError(
            "what is explained is each device's share of a batch, and stages take it whole: use --placement replicate, or "
            "see where `train --dump-schedule` says the time goes");
    replicas.set_proportions(setup.first_shares());
    const auto build = [&](train::StepShape shape) {
        shape.storage = setup.storage();
        return train::training_step(setup.model(), recipe, shape);
    };
    const train::PixelType pixels = train::pixel_type(*setup.data(), recipe);
    // Times of a step over whatever the buffers hold: they depend on shapes, not on values. What is done with images of
    // any size does depend on their tables, which are those of a batch.
    std::optional<train::StepExecutor> executor;
    graph::Executor::Slot slot = 0;
    if (arguments.profile) {
        executor.emplace(replicas, recipe.batch_size, pixels, build, train::StepExecutor::Progress{}, true);
        replicas.load(executor->step().graph, graph::initial_values(executor->step().graph, recipe.seed));
        train::LoaderOptions loading = train::training_loading(setup.model(), recipe);
        loading.scaling = replicas.scaling();
        std::optional<train::Loader> loader;
        if (pixels == train::PixelType::sources) loader.emplace(setup.data(), loading);
        for (int step = 0; step < 2; ++step) {  // the first one compiles
            slot = executor->executor().begin();
            if (loader) executor->feed(slot, *loader->next(), {});
            executor->executor().submit(slot);
        }
        executor->executor().wait(slot);
    }
    const std::vector<train::StepShape> shapes = replicas.shapes(recipe.batch_size, pixels);
    nlohmann::json json = nlohmann::json::array();
    for (size_t i = 0; i < shapes.size(); ++i) {
        const std::vector<engine::DispatchTime> times =
            executor ? executor->executor().times(slot, i) : std::vector<engine::DispatchTime>{};
        const Explanation e =
            explain(replicas.device(i), replicas.plan(i), build(shapes[i]), shapes[i].local_batch, times);
        if (as_json)
            json.push_back(to_json(e));
        else
            print(e);
    }
    if (as_json) print_json(json, 2);
}

}  // namespace vkm::apps
