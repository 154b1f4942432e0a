#pragma once

#include "commands/training/train_arguments.h"

#include <graph/models/model_config.h>
#include <graph/weights/model_file.h>
#include <train/checkpoint.h>
#include <train/data/held_back.h>

#include <optional>

namespace vkm::apps {

/// Returns the model that the arguments mean, begun from `init` unless it is null, and resolves the arguments in
/// place. Throws UsageError.
graph::ModelConfig resolve_model(TrainArguments&, const graph::ModelFile* init);

/// Opens the data in two parts, of which that for validation may be missing, and weighs the classes by what there is
/// to train on. The class count is the data's, unless the user gives it. Labels are those of the run that goes on,
/// where one does. Throws UsageError and whatever opening files throws.
train::HeldBack open_training_data(TrainArguments&, graph::ModelConfig&,
                                   const std::optional<train::Position>& before);

}  // namespace vkm::apps
