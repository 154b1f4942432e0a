#pragma once

#include <train/trainer.h>

namespace vkm::train {

/// Return what is trained, and its gradients, under the names of torchvision's state dict. `scale` is the loss scale
/// that the gradients still have. Frozen weights are in neither.
TrainingObserver::NamedTensors named_weights(const graph::Graph&, const ParameterValues&);
TrainingObserver::NamedTensors named_gradients(const graph::Graph&, graph::DeviceState&, double scale);

}  // namespace vkm::train
