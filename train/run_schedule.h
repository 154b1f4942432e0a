#pragma once

#include <graph/step_params.h>
#include <train/checkpoint.h>
#include <train/trainer.h>

#include <cstdint>

namespace vkm::train {

/// Says what follows from where a run stands (Position): the learning rate, when to validate, when it is over. A step is one
/// update, by one batch or, with accumulation, several of an epoch; an epoch's last step may have fewer.
class RunSchedule {
  public:
    /// The options must outlive it.
    RunSchedule(const TrainerOptions&, int64_t batches_per_epoch);

    int64_t batches_per_epoch() const { return batches_per_epoch_; }
    /// Returns how many steps lie before the run's first: those of the epochs before TrainerOptions::start_epoch.
    int64_t first_step() const { return first_step_; }
    /// Returns how many batches the run has trained on.
    int64_t batches_done(const Position&) const;
    /// Returns how many batches the step has that begins with this one of an epoch.
    int64_t batches_of_step(int64_t first_batch) const;

    /// Returns the learning rate of the next step.
    double learning_rate(const Position&) const;
    /// Returns what the next step's kernels are told, with a batch and its place among those of the step.
    graph::StepParams step_params(const Position&, const Batch&, int64_t micro_batch = 0,
                                  int64_t micro_batches = 1) const;

    /// Moves the position behind a step whose last batch this was.
    void advance(Position&, const Batch& last) const;
    /// Returns whether the last step completed a period between two validations, or the run.
    bool validation_is_due(const Position&) const;
    /// Returns whether the run has all of its epochs, or steps, or no patience left.
    bool is_over(const Position&) const;
    /// Returns whether a run that goes on has nothing left to do, not even to validate: the last validation is that of the
    /// last step, on the same images.
    bool is_validated(const Position&) const;

  private:
    const TrainerOptions& options_;
    int64_t batches_per_epoch_, steps_per_epoch_, first_step_;
};

}  // namespace vkm::train
