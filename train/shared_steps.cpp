#include <engine/error.h>
#include <train/batch_statistics.h>
#include <train/share_fitting.h>
#include <train/share_unit.h>
#include <train/shared_steps.h>
#include <train/survivors.h>
#include <train/together.h>

#include <utility>

namespace vkm::train {
namespace {

int64_t unit_of(const TrainerOptions& options) {
    return share_unit(options.shares, options.recipe.loss.mixing.mixes());
}

}  // namespace

SharedSteps::SharedSteps(const TrainerOptions& options, ModelOnDevices& replicas, PixelType pixels,
                         const std::optional<Position>& before, const std::atomic<bool>& stop,
                         StepExecutor::Progress progress, Told told)
    : options_(options),
      replicas_(replicas),
      pixels_(pixels),
      told_(std::move(told)),
      balance_(options.shares, options.recipe.batch_size, replicas.count_of_all(), unit_of(options)),
      executor_(replicas, first_shares(before), pixels,
                [this](const StepShape& shape) {
                    require_batch_statistics(options_.model, shape, options_.recipe);
                    return build(shape);
                },
                {.progress = progress,
                 .undoable = may_lose_devices(),
                 .wish = [&stop] { return stop.load(); },
                 .trace = options.trace}),
      accumulator_(accumulator(progress)),
      pipeline_(executor_, told_.land,
                [this](const StepPipeline::Flight& oldest) { return goes_on_without_failed(oldest); }) {}

// Returns whether a run goes on without a device that fails in a step. Not where a step has several batches,
// whose first ones have changed statistics already; nor do several processes: a job script starts those that are
// left (docs/distributed.md).
bool SharedSteps::may_lose_devices() const {
    return options_.recipe.accumulation == 1 && !has_others();
}

StepGraph SharedSteps::build(StepShape shape) const {
    shape.storage = options_.storage;
    return training_step(options_.model, options_.recipe, in_pairs(shape, options_.recipe));
}

std::vector<Share> SharedSteps::first_shares(const std::optional<Position>& before) {
    if (before)
        balance_.go_on(before->step, before->shares);
    else
        balance_.begin();
    fit();
    replicas_.set_proportions(balance_.shares());
    return balance_.shares();
}

std::optional<StepExecutor> SharedSteps::accumulator(const StepExecutor::Progress& progress) {
    if (options_.recipe.accumulation == 1) return std::nullopt;
    return std::optional<StepExecutor>(
        std::in_place, replicas_, balance_.shares(), pixels_,
        [&](StepShape shape) {
            shape.storage = options_.storage;
            return accumulating_step(options_.model, options_.recipe, in_pairs(shape, options_.recipe));
        },
        StepExecutor::Options{.progress = progress});
}

void SharedSteps::launch_before_last(Loader::Lease batch, const graph::StepParams& params) {
    pipeline_.launch_before_last(*accumulator_, std::move(batch), params);
}

void SharedSteps::launch(Loader::Lease batch, const graph::StepParams& params) {
    pipeline_.launch(std::move(batch), params);
}

// Gives devices no more of a batch than their memory holds.
void SharedSteps::fit() {
    if (options_.shares.kind == SharePolicy::Kind::recorded) return;  // as it was, or not at all
    fit_shares(
        balance_, replicas_, pixels_, [this](const StepShape& shape) { return build(shape); },
        unit_of(options_), told_.say);
}

void SharedSteps::split(const std::vector<Share>& shares) {
    executor_.split(shares);
    if (accumulator_) accumulator_->split(shares);
}

// Returns what each device of all processes has done since it had its share.
std::vector<graph::DeviceWork> SharedSteps::work_of_all() {
    if (has_others()) pipeline_.land_all();
    return gather_lists(replicas_.world(), executor_.work());
}

void SharedSteps::balance(int64_t step) {
    const bool measured = options_.shares.kind == SharePolicy::Kind::measured;
    // Other processes are asked for their devices' work only as often as it is looked at.
    constexpr int64_t period = ShareBalance::steps_to_settle + ShareBalance::steps_to_measure;
    if (measured && has_others() && step % period != 0) return;
    if (!balance_.after(step, measured ? work_of_all() : std::vector<graph::DeviceWork>{})) return;
    fit();
    if (balance_.shares() == executor_.shares()) return;
    pipeline_.land_all();
    const std::vector<Share> before = executor_.shares();
    try {
        split(balance_.shares());
    } catch (const OutOfDeviceMemory& error) {
        if (has_others()) throw;  // they have gone on to the new shares
        balance_.keep(before);
        if (executor_.shares() != before) executor_.split(before);
        told_.say(fmt::format("the devices' shares of a batch stay as they are: {}", error.what()));
        return;
    }
    replicas_.set_proportions(executor_.shares());
    told_.split(step);
}

// Leaves devices out that failed in a step, and puts the others back to before the oldest one in flight, which is then
// made again by them. Returns false where that cannot be.
bool SharedSteps::goes_on_without_failed(const StepPipeline::Flight& oldest) {
    if (replicas_.count() < 2 || !may_lose_devices()) return false;
    const std::string why = current_message();
    const std::vector<size_t> failed = executor_.undo(oldest.slot);
    if (failed.empty() || failed.size() == replicas_.count()) return false;
    leave_out(failed, oldest.params.step, why);
    return true;
}

void SharedSteps::on_devices(int64_t step, const std::function<void()>& work) {
    on_survivors(replicas_, work, [&](std::span<const size_t> failed, const std::string& why) {
        executor_.release();
        if (accumulator_) accumulator_->release();
        leave_out(failed, step, why);
    });
}

void SharedSteps::leave_out(std::span<const size_t> failed, int64_t step, const std::string& why) {
    told_.say(why);  // first: the others may have no memory for what it had
    replicas_.drop(failed);
    balance_.drop(failed);
    fit();
    told_.say(
        fmt::format("going on with {} from step {} on, without what failed", described(replicas_), step + 1));
    split(balance_.shares());
    replicas_.set_proportions(executor_.shares());
    told_.split(step);
}

}  // namespace vkm::train
