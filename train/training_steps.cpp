#include <engine/error.h>
#include <train/batch_statistics.h>
#include <train/largest_batch.h>
#include <train/measured_layers.h>
#include <train/pipelined_steps.h>
#include <train/shared_steps.h>
#include <train/training_steps.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace vkm::train {
namespace {

using Kind = PlacementPolicy::Kind;

// Returns whether the devices' memory takes a batch between them.
bool fits_in_shares(const ModelOnDevices& model, const TrainerOptions& options, const StepShape& shape) {
    int64_t images = 0;
    for (size_t device = 0; device < model.count(); ++device)
        images += largest_share(model, device, shape, [&](const StepShape& tried) {
            return training_step(options.model, options.recipe, in_pairs(tried, options.recipe));
        });
    return images >= options.recipe.batch_size;
}

// Returns whether every device's share of a batch has what batch norm takes.
bool has_batch_statistics(const ModelOnDevices& model, const TrainerOptions& options, PixelType pixels) try {
    for (const StepShape& shape : model.shapes(options.recipe.batch_size, pixels))
        require_batch_statistics(options.model, shape, options.recipe);
    return true;
} catch (const TooFewValues&) {
    return false;
}

// Returns what a step takes where every device has images by its speed: 1 / sum of 1 / t, if it takes t for all.
double seconds_of_shares(const graph::LayerCosts& costs, size_t batches) {
    double speed = 0;
    for (const double seconds : graph::seconds_by_device(costs))
        speed += 1 / seconds;
    return static_cast<double>(batches) / speed;
}

// Returns what a step takes in stages; more than anything where they do not fit.
double seconds_of_stages(const graph::LayerCosts& costs, size_t batches) try {
    const graph::StageLayers layers = graph::choose_stages(costs, batches);
    return graph::planned_seconds(graph::planned_turns(graph::stage_times(costs, layers), batches));
} catch (const OutOfDeviceMemory&) {
    return std::numeric_limits<double>::infinity();
}

// Chooses by what the layers cost, and says why. Gradients go to all devices in both cases.
Kind choose(const ModelOnDevices& model, const TrainerOptions& options, const graph::LayerCosts& costs,
            const StepShape& shape, const std::function<void(const std::string&)>& say) {
    if (!has_batch_statistics(model, options, shape.pixels)) {
        say("placement: pipeline, because shares of a batch would be too small for batch norm");
        return Kind::pipeline;
    }
    if (!fits_in_shares(model, options, shape)) {
        say("placement: pipeline, because the devices' memory does not hold a batch in shares");
        return Kind::pipeline;
    }
    const auto batches = static_cast<size_t>(options.recipe.accumulation);
    const double shared = seconds_of_shares(costs, batches), staged = seconds_of_stages(costs, batches);
    if (staged == std::numeric_limits<double>::infinity()) {
        say("placement: replicate, because the layers do not fit the devices' memory in stages");
        return Kind::replicate;
    }
    const Kind kind = staged < shared ? Kind::pipeline : Kind::replicate;
    say(fmt::format("placement: {}, because a step's layers take {:.1f} ms {} and {:.1f} ms {}, as measured",
                    kind == Kind::pipeline ? "pipeline" : "replicate", std::min(staged, shared) * 1e3,
                    kind == Kind::pipeline ? "in stages" : "in shares of a batch",
                    std::max(staged, shared) * 1e3,
                    kind == Kind::pipeline ? "in shares of a batch" : "in stages"));
    return kind;
}

// Returns how a run's checkpoint says that its steps were made: batches that were whole were those of a pipeline.
Kind kind_before(const Position& position, int64_t batch_size) {
    const auto split = position.run.find(split_setting);
    return split != position.run.end() && split->second == std::to_string(batch_size) ? Kind::pipeline
                                                                                      : Kind::replicate;
}

}  // namespace

std::unique_ptr<TrainingSteps> make_training_steps(const TrainerOptions& options, ModelOnDevices& replicas,
                                                   PixelType pixels, const std::optional<Position>& before,
                                                   const std::atomic<bool>& stop,
                                                   StepExecutor::Progress progress,
                                                   TrainingSteps::Told told) {
    Kind kind = options.placement.kind;
    std::optional<graph::LayerCosts> costs;
    if (kind == Kind::automatic && replicas.job().has_others()) {
        told.say("placement: replicate, because a pipeline is for the devices of one process");
        kind = Kind::replicate;
    }
    if (replicas.count_of_all() == 1) kind = Kind::replicate;  // nothing to place
    if (kind == Kind::automatic && before) kind = kind_before(*before, options.recipe.batch_size);
    if (kind == Kind::automatic) {
        const StepShape shape = shape_of_whole_batches(replicas, options, pixels);
        costs = measure_layers(replicas, options, shape);
        kind = choose(replicas, options, *costs, shape, told.say);
    }
    if (kind == Kind::pipeline)
        return std::make_unique<PipelinedSteps>(options, replicas, pixels, std::move(costs),
                                                std::move(progress), std::move(told));
    return std::make_unique<SharedSteps>(options, replicas, pixels, before, stop, std::move(progress),
                                         std::move(told));
}

}  // namespace vkm::train
