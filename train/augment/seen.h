#pragma once

#include <graph/models/model_config.h>
#include <graph/run/planned_device.h>
#include <graph/step_params.h>
#include <image/image.h>
#include <train/augment/source_layout.h>
#include <train/data/batch.h>

namespace vkm::train {

/// Returns what a network sees of a batch: its images after all that is done to them on the device, with the
/// normalisation undone.
std::vector<image::FloatImage> seen_images(graph::PlannedDevice&, const graph::ModelConfig&,
                                           const Augmentation&, const Batch&, const graph::StepParams& = {});
/// Does so for sources of a layout.
std::vector<image::FloatImage> seen_images(graph::PlannedDevice&, const graph::ModelConfig&,
                                           const SourceLayout&, const Batch&);

/// Returns them as bytes, rounded.
std::vector<image::Image> to_bytes(const std::vector<image::FloatImage>&);

}  // namespace vkm::train
