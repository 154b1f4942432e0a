#include <base/align.h>
#include <train/run_schedule.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

// Returns whether a step, counted from 1, is the last one of a period of `steps`, which may be a fraction.
bool ends_period(int64_t step, double steps) {
    const auto periods = [&](int64_t done) {
        constexpr double rounding = 1e-6;  // of a period that ends with a step
        return std::floor((static_cast<double>(done) + rounding) / steps);
    };
    return periods(step) > periods(step - 1);
}

}  // namespace

RunSchedule::RunSchedule(const TrainerOptions& options, int64_t batches_per_epoch)
    : options_(options),
      batches_per_epoch_(batches_per_epoch),
      steps_per_epoch_(divide_up(batches_per_epoch, options.recipe.accumulation)),
      first_step_(options.start_epoch * steps_per_epoch_) {}

int64_t RunSchedule::batches_done(const Position& position) const {
    if (options_.recipe.accumulation == 1) return position.step - first_step_;
    return (position.epoch - options_.start_epoch) * batches_per_epoch_ + position.batch;
}

int64_t RunSchedule::batches_of_step(int64_t first_batch) const {
    return std::min(options_.recipe.accumulation, batches_per_epoch_ - first_batch);
}

double RunSchedule::learning_rate(const Position& position) const {
    return options_.learning_rate.at(static_cast<uint64_t>(position.step),
                                     static_cast<uint64_t>(steps_per_epoch_),
                                     static_cast<double>(options_.recipe.epochs));
}

graph::StepParams RunSchedule::step_params(const Position& position, const Batch& batch, int64_t micro_batch,
                                           int64_t micro_batches) const {
    const Recipe& recipe = options_.recipe;
    graph::StepParams params;
    params.learning_rate = static_cast<float>(learning_rate(position));
    params.step = static_cast<uint32_t>(position.step);
    params.epoch = static_cast<uint32_t>(batch.epoch);
    params.seed_low = static_cast<uint32_t>(recipe.seed);
    params.seed_high = static_cast<uint32_t>(recipe.seed >> 32);
    params.first_sample = static_cast<uint32_t>(batch.number * recipe.batch_size);
    params.micro_batch = static_cast<uint32_t>(micro_batch);
    params.micro_batch_share = 1.0f / static_cast<float>(micro_batches);
    return params;
}

void RunSchedule::advance(Position& position, const Batch& last) const {
    ++position.step;
    position.batch = last.number + 1;
    position.epoch = last.epoch;
    if (position.batch == batches_per_epoch_) {
        position.batch = 0;
        ++position.epoch;
    }
}

bool RunSchedule::validation_is_due(const Position& position) const {
    if (position.batch == 0 && position.epoch >= options_.recipe.epochs) return true;
    return ends_period(position.step, options_.validate_every * static_cast<double>(steps_per_epoch_));
}

bool RunSchedule::is_over(const Position& position) const {
    return position.epoch >= options_.recipe.epochs || out_of_patience(options_.keeping, position.standing) ||
           (options_.max_steps && position.step - first_step_ >= *options_.max_steps);
}

bool RunSchedule::is_validated(const Position& position) const {
    return options_.resume && is_over(position) && position.validation &&
           position.validation->step == position.step &&
           position.validation->data == options_.validation_data;
}

}  // namespace vkm::train
