#pragma once

#include <train/trainer.h>

namespace vkm::train {

/// Gives the replicas the weights that a run begins with (TrainerOptions::initial) and returns where it stands then, behind
/// so many steps of epochs that it leaves out. Position::run is left to the caller.
Position first_position(const TrainerOptions&, ModelOnDevices&, const graph::Graph& training, int64_t steps);

}  // namespace vkm::train
