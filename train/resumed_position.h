#pragma once

#include <train/trainer.h>

namespace vkm::train {

/// Restores the replicas from the checkpoint of the run in TrainerOptions::out and returns where it stands. Throws
/// CheckpointError where the run is another one (`identity`: run_identity), has other classes than `classes`, or has
/// begun more epochs than it is to have.
Position resumed_position(const TrainerOptions&, ModelOnDevices&, const graph::Graph& training,
                          const std::map<std::string, std::string>& identity,
                          const std::vector<std::string>& classes);

}  // namespace vkm::train
