#pragma once

#include <train/step_scores.h>
#include <train/training_steps.h>

#include <optional>
#include <string>

namespace vkm::train {

/// Holds what a step of training came to, over all of its batches.
struct LandedStep {
    double loss = 0;
    double top1 = 0;  ///< a fraction
    std::optional<LossScaling> loss_scaling = {};
};

/// Takes a run's steps as they land: adds up what their batches scored, and refuses what is not finite.
class LandedSteps {
  public:
    /// What is given must outlive it.
    LandedSteps(const TrainerOptions&, ModelOnDevices&, TrainingSteps&);

    /// Takes what landed, and returns what its step came to; nothing where the step's last batch is yet to come. Throws
    /// graph::NonFinite naming the step, the first layer that is not finite, and the last checkpoint.
    std::optional<LandedStep> take(const StepPipeline::Flight&);

  private:
    void take_batch(const StepPipeline::Flight&, const StepExecutor::Metrics&, const StepPipeline::FedBatch&);
    std::string first_bad_layer(const StepPipeline::Flight&, const StepPipeline::FedBatch&);

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    TrainingSteps& steps_;
    StepScores scores_;  ///< of the batches of a step that have landed
};

}  // namespace vkm::train
