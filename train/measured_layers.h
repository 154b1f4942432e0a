#pragma once

#include <graph/place/stage_choice.h>
#include <train/trainer.h>

namespace vkm::train {

/// Measures what the layers of one batch cost on every device of a model. Where a batch does not fit a device, a smaller one
/// is measured in its place, and counted up.
graph::LayerCosts measure_layers(ModelOnDevices&, const TrainerOptions&, const StepShape&);

/// Returns the shape of whole batches on all of a model's devices: fused as all of their plans have it.
StepShape shape_of_whole_batches(const ModelOnDevices&, const TrainerOptions&, PixelType);

}  // namespace vkm::train
