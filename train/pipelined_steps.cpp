#include <train/batch_statistics.h>
#include <train/batched_step.h>
#include <train/measured_layers.h>
#include <train/pipelined_steps.h>
#include <train/survivors.h>

#include <algorithm>
#include <utility>

namespace vkm::train {
namespace {

StepGraph training_step_of(const TrainerOptions& options, const StepShape& shape) {
    return training_step(options.model, options.recipe, in_pairs(shape, options.recipe));
}

// Lets devices share what is validated by what their layers take.
void share_validation(ModelOnDevices& model, const graph::LayerCosts& costs) {
    constexpr int64_t parts = 1000;  // of which the quickest device has most
    std::vector<double> speeds;
    for (const double seconds : graph::seconds_by_device(costs))
        speeds.push_back(1 / seconds);
    model.set_proportions(split_batch(parts * static_cast<int64_t>(speeds.size()), speeds));
}

}  // namespace

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
