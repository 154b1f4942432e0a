#pragma once

#include <graph/models/model_config.h>
#include <train/step_executor.h>
#include <train/recipe.h>

namespace vkm::apps {

/// `train --explain`: what a training step does on each device, layer by layer: kernels, bytes planned
/// against least, FLOPs and, with `profile`, measured time. `storage` is
/// that of activations. Prints a table, or JSON; trains nothing.
void explain(const graph::ModelConfig&, const train::Recipe&, graph::DType storage, train::ModelOnDevices&,
             bool profile, bool json);

}  // namespace vkm::apps
