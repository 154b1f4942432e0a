#pragma once

#include <train/augment/source_layout.h>
#include <train/step_graph.h>

namespace vkm::train {

/// Adds what the host hands over to a step, and what the device makes of it: augmented, normalised images, which it
/// returns. The inputs become known to `step`.
graph::ValueId add_inputs(StepGraph& step, const graph::ModelConfig&, const StepShape&, const Augmentation&);

/// Does so for sources of a layout, but for the labels.
graph::ValueId add_sources(StepGraph& step, const graph::ModelConfig&, const StepShape&, const SourceLayout&);

}  // namespace vkm::train
