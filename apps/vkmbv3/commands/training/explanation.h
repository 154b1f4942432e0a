#pragma once

#include "commands/training/training_setup.h"

namespace vkm::apps {

/// Prints what a training step does on each device, layer by layer: kernels, bytes planned against least,
/// FLOPs and, with --profile, measured time. Prints a table, or JSON; trains nothing.
void explain(const TrainArguments&, TrainingSetup&);

/// Throws UsageError where --resume names no run: what is explained would be another network than that run's.
void require_run(const TrainArguments&);

}  // namespace vkm::apps
