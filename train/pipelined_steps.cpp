#include <engine/error.h>
#include <graph/measure/layer_timer.h>
#include <graph/run/executor.h>
#include <train/batch_statistics.h>
#include <train/batched_step.h>
#include <train/pipelined_steps.h>
#include <train/survivors.h>

#include <algorithm>
#include <utility>

namespace vkm::train {
namespace {

// Returns what both plans choose to fuse.
graph::Fusion common(const graph::Fusion& a, const graph::Fusion& b) {
    graph::Fusion both;
    for (bool graph::Fusion::*const choice :
         {&graph::Fusion::normalise_depthwise, &graph::Fusion::normalise_pointwise,
          &graph::Fusion::scale_pointwise, &graph::Fusion::statistics, &graph::Fusion::batch_norm_sums,
          &graph::Fusion::gradient_depthwise, &graph::Fusion::gradient_pointwise,
          &graph::Fusion::squeeze_excite})
        both.*choice = a.*choice && b.*choice;
    return both;
}

StepGraph training_step_of(const TrainerOptions& options, const StepShape& shape) {
    return training_step(options.model, options.recipe, in_pairs(shape, options.recipe));
}

// Returns a step of one batch, as large as a device can measure.
BatchedTraining measurable(const ModelOnDevices& model, size_t device, const TrainerOptions& options,
                           const StepShape& shape) {
    StepShape smaller = shape;
    smaller.local_batch = largest_share(
        model, device, shape, [&](const StepShape& tried) { return training_step_of(options, tried); });
    if (smaller.local_batch == 0)
        throw OutOfDeviceMemory(
            "{}: not even one image fits it to measure its layers: use it without the others' "
            "pipeline, or leave it out",
            model.device(device).description());
    return batched_training(options.model, options.recipe, in_pairs(smaller, options.recipe), 1);
}

// Returns what a device has left for activations beside the model and what steps in flight bring along.
uint64_t memory_for_activations(const ModelOnDevices& model, size_t device, const StepGraph& step) {
    const uint64_t available = model.memory_bytes(device);
    if (available == 0) return 0;
    const graph::MemoryNeed need =
        graph::memory_need(step.graph, model.plan(device), graph::steps_in_flight, model.count() > 1);
    const auto kept = static_cast<uint64_t>(need.persistent_bytes + need.slot_bytes);
    return available > kept ? available - kept : 1;
}

// Lets devices share what is validated by what their layers take.
void share_validation(ModelOnDevices& model, const graph::LayerCosts& costs) {
    constexpr int64_t parts = 1000;  // of which the quickest device has most
    std::vector<double> speeds;
    for (const auto& layers : costs.devices) {
        double seconds = 0;
        for (const graph::LayerCosts::Seconds& layer : layers)
            seconds += layer.forward + layer.backward;
        speeds.push_back(1 / seconds);
    }
    model.set_proportions(split_batch(parts * static_cast<int64_t>(speeds.size()), speeds));
}

}  // namespace

graph::LayerCosts measure_layers(ModelOnDevices& model, const TrainerOptions& options,
                                 const StepShape& shape) {
    const BatchedTraining whole =
        batched_training(options.model, options.recipe, in_pairs(shape, options.recipe), 1);
    graph::LayerCosts costs;
    costs.kept_bytes = graph::kept_bytes_of(whole.parts());
    for (size_t layer = 0; layer < costs.layers(); ++layer)
        costs.cuts.push_back(graph::traffic_at(whole.parts(), layer));
    for (size_t device = 0; device < model.count(); ++device) {
        const BatchedTraining measured = measurable(model, device, options, shape);
        const double scale = static_cast<double>(shape.local_batch) /
                             static_cast<double>(measured.step.graph.type(measured.step.labels).shape.n);
        costs.devices.push_back(graph::time_layers(model.state(device), measured.parts()));
        for (graph::LayerCosts::Seconds& seconds : costs.devices.back()) {
            seconds.forward *= scale;
            seconds.backward *= scale;
        }
        costs.seconds_per_byte =
            std::max(costs.seconds_per_byte, graph::seconds_per_byte_of(model.state(device)));
        costs.memory_bytes.push_back(memory_for_activations(model, device, measured.step));
    }
    return costs;
}

StepShape shape_of_whole_batches(const ModelOnDevices& model, const TrainerOptions& options,
                                 PixelType pixels) {
    StepShape shape{.local_batch = options.recipe.batch_size,
                    .global_batch = options.recipe.batch_size,
                    .replicas = 1,
                    .pixels = pixels,
                    .scaling = model.scaling(),
                    .fusion = model.plan(0).fusion,
                    .storage = options.storage};
    for (size_t i = 1; i < model.count(); ++i)
        shape.fusion = common(shape.fusion, model.plan(i).fusion);
    return shape;
}

PipelinedSteps::PipelinedSteps(const TrainerOptions& options, ModelOnDevices& replicas, PixelType pixels,
                               std::optional<graph::LayerCosts> costs, StepExecutor::Progress progress,
                               Told told)
    : options_(options),
      replicas_(replicas),
      pixels_(pixels),
      told_(std::move(told)),
      costs_(std::move(costs).value_or(graph::LayerCosts{})),
      layers_(choose()),
      executors_(),
      pipeline_((executors_[most_batches()] = make_executor(most_batches(), std::move(progress)), executor()),
                told_.land,
                [this](const StepPipeline::Flight& oldest) { return goes_on_without_failed(oldest); }) {}

StepShape PipelinedSteps::shape() const {
    return shape_of_whole_batches(replicas_, options_, pixels_);
}

// Returns what each device takes of a batch: all of it, as far as its layers read it.
std::vector<Share> PipelinedSteps::whole_batches() const {
    return std::vector(replicas_.count(), Share{0, options_.recipe.batch_size});
}

// Decides which device has which layers, and says so.
graph::StageLayers PipelinedSteps::choose() {
    replicas_.set_alike();
    if (replicas_.job().has_others())
        throw Error(
            "--placement pipeline is for the devices of one process: leave it away, or start one process");
    require_batch_statistics(options_.model, shape(), options_.recipe);
    graph::StageLayers chosen{{0}};
    if (options_.placement.stages && options_.placement.stages->count() == replicas_.count())
        chosen = *options_.placement.stages;
    else if (replicas_.count() > 1) {
        if (costs_.devices.empty()) costs_ = measure_layers(replicas_, options_, shape());
        chosen = graph::choose_stages(costs_, most_batches());
        share_validation(replicas_, costs_);
    }
    const BatchedTraining step =
        batched_training(options_.model, options_.recipe, in_pairs(shape(), options_.recipe), 1);
    const std::vector<std::string> layers = graph::layers_of(step.parts());
    for (size_t stage = 0; stage < chosen.count(); ++stage) {
        const size_t end = stage + 1 < chosen.count() ? chosen.begins[stage + 1] : layers.size();
        told_.say(fmt::format("stage {} of {}: {} to {} on {}", stage + 1, chosen.count(),
                              layers.at(chosen.begins[stage]), layers.at(end - 1),
                              replicas_.device(stage).description()));
    }
    return chosen;
}

std::unique_ptr<StepExecutor> PipelinedSteps::make_executor(size_t batches, StepExecutor::Progress progress) {
    StepExecutor::Options options{.progress = std::move(progress), .undoable = true};
    if (batches == most_batches()) options.trace = options_.trace;
    options.stages = [this, batches](std::span<const StepShape>) {
        return split_in_stages(
            batched_training(options_.model, options_.recipe, in_pairs(shape(), options_.recipe), batches),
            layers_);
    };
    return std::make_unique<StepExecutor>(
        replicas_, whole_batches(), pixels_,
        [this](const StepShape&) { return training_step_of(options_, shape()); }, std::move(options));
}

void PipelinedSteps::launch_before_last(Loader::Lease batch, const graph::StepParams& params) {
    before_.push_back({std::move(batch), params});
}

void PipelinedSteps::launch(Loader::Lease batch, const graph::StepParams& params) {
    // An epoch's last step may have fewer batches. Both executors then take turns.
    std::unique_ptr<StepExecutor>& executor = executors_[before_.size() + 1];
    if (!executor) {
        pipeline_.land_all();
        executor = make_executor(before_.size() + 1);
    }
    if (std::exchange(last_, executor.get()) != executor.get()) pipeline_.land_all();
    pipeline_.launch_all(*executor, std::exchange(before_, {}), {std::move(batch), params});
}

void PipelinedSteps::on_devices(int64_t step, const std::function<void()>& work) {
    on_survivors(replicas_, work, [&](std::span<const size_t> failed, const std::string& why) {
        for (const auto& [batches, executor] : executors_)
            executor->release();
        leave_out(failed, step, why);
    });
}

// Leaves devices out that failed in a step, and puts the others back to before the oldest one in flight, which is then
// made again by them. Returns false where that cannot be.
bool PipelinedSteps::goes_on_without_failed(const StepPipeline::Flight& oldest) {
    if (replicas_.count() < 2) return false;
    const std::string why = current_message();
    const std::vector<size_t> failed = oldest.executor->undo(oldest.slot);
    if (failed.empty() || failed.size() == replicas_.count()) return false;
    for (const auto& [batches, executor] : executors_)
        executor->release();
    leave_out(failed, oldest.params.step, why);
    return true;
}

void PipelinedSteps::leave_out(std::span<const size_t> failed, int64_t step, const std::string& why) {
    told_.say(why);
    replicas_.drop(failed);
    for (const size_t device : std::vector(failed.rbegin(), failed.rend())) {
        if (costs_.devices.empty()) break;
        costs_.devices.erase(costs_.devices.begin() + static_cast<ptrdiff_t>(device));
        costs_.memory_bytes.erase(costs_.memory_bytes.begin() + static_cast<ptrdiff_t>(device));
    }
    told_.say(
        fmt::format("going on with {} from step {} on, without what failed", described(replicas_), step + 1));
    layers_ = choose();
    for (const auto& [batches, executor] : executors_)
        executor->split(whole_batches());
    told_.split(step);
}

}  // namespace vkm::train
