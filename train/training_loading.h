#pragma once

#include <graph/models/model_config.h>
#include <train/data/loader_options.h>
#include <train/model_on_devices.h>
#include <train/recipe.h>

namespace vkm::train {

/// Returns how a loader reads a data set to train a model with a recipe, from the first batch on.
LoaderOptions training_loading(const graph::ModelConfig&, const Recipe&);

/// Lets a loader read only what a process's own devices take of batches that are split so.
void load_rows(LoaderOptions&, const ModelOnDevices&, std::span<const Share>);

}  // namespace vkm::train
