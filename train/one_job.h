#pragma once

#include <train/model_on_devices.h>
#include <train/trainer.h>

namespace vkm::train {

/// Throws Error where the processes of a job were not started for the same run, or for one that several cannot make
/// together. `validation` may be null. `run`: what a checkpoint has of the run. All processes call it, and all throw.
void require_one_job(const TrainerOptions&, graph::World&, const Dataset& training, const Dataset* validation,
                     const std::map<std::string, std::string>& run);

/// Throws Error where they would begin with other weights, or at another step.
void require_one_beginning(const TrainerOptions&, ModelOnDevices&, const graph::Graph& training,
                           int64_t step);

}  // namespace vkm::train
