#pragma once

#include <graph/run/planned_device.h>
#include <train/data/dataset.h>
#include <train/data/loader_options.h>

#include <graph/models/model_config.h>

#include <memory>
#include <vector>

namespace vkm::apps {

/// Returns the first batch that a loader with these options delivers as a network sees it: augmented, and before mixup
/// and CutMix mix it. Runs on the device, which must have nothing in flight.
std::vector<image::Image> seen_images(graph::PlannedDevice&, const graph::ModelConfig&,
                                      const std::shared_ptr<const train::Dataset>&,
                                      const train::LoaderOptions&);

}  // namespace vkm::apps
