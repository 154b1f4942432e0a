#pragma once

#include <train/training_steps.h>

#include <memory>

namespace vkm::train {

/// Returns how a run's loader reads the images to train on from a position on: what this process's devices take of each
/// batch, and as many batches ahead as its steps hold. Images that cannot be read are counted in `unreadable`.
LoaderOptions run_loading(const TrainerOptions&, const ModelOnDevices&, const TrainingSteps&, const Position&,
                          std::shared_ptr<UnreadableImages> unreadable);

}  // namespace vkm::train
