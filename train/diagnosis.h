#pragma once

#include <train/step_executor.h>

#include <optional>
#include <string>

namespace vkm::train {

/// Finds where a step's loss stopped being finite. Such a step makes no update, so it can be run again with
/// every intermediate value kept, first on the devices whose own part of the loss is not finite. The weights
/// stay as they are. Looks for the first value that is not finite among the images, the weights and the
/// step's results, and says in words where it is and what to do ("first in layer features.3.block.1.0
/// (depthwise) on device 0 (llvmpipe). Lower --lr or add --warmup-epochs").
std::string first_bad_layer(ModelOnDevices&, const StepExecutor&, graph::Executor::Slot, const Batch&,
                            const graph::StepParams&);

/// Names the first values that are not finite though the loss was. Of the running statistics that is the
/// first in the network. Of the parameters it is the first that backward reaches, because what overflows
/// there spoils the gradients of all layers before it.
std::optional<std::string> first_bad_weights(const graph::Graph&, const ParameterValues&);

}  // namespace vkm::train
