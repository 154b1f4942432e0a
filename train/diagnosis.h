#pragma once

#include <graph/host_tensor.h>
#include <train/step_executor.h>

#include <optional>
#include <string>

namespace vkm::train {

bool all_finite(const graph::HostTensor&);

/// After a step in a slot whose loss is not finite, and whose update therefore was not made: looks for the
/// first value that is not finite among the images, the weights, and the results of the step, which is run
/// again with every intermediate value kept; on the devices whose own part of the loss is not finite first.
/// Says in words where it is and what to do ("first in layer features.3.block.1.0 (depthwise) on device 0
/// (llvmpipe). Lower --lr or add --warmup-epochs"). The weights stay as they are.
std::string first_bad_layer(ModelOnDevices&, const StepExecutor&, graph::Executor::Slot, const Batch&,
                            const graph::StepParams&);

/// Name of the first values that are not finite though the loss was: of the running statistics the first in
/// the network, else of the parameters the first that backward reaches, because what overflows there spoils
/// the gradients of all layers before it.
std::optional<std::string> first_bad_weights(const graph::Graph&, const ParameterValues&);

}  // namespace vkm::train
