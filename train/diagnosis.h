#pragma once

#include <graph/reference/host_tensor.h>
#include <train/replicas.h>

#include <string>

namespace vkm::train {

bool all_finite(const graph::HostTensor&);

/// After a step in a slot whose loss is not finite, and whose update therefore was not made: runs it again
/// with every intermediate value kept, on the devices whose own part of the loss is not finite first, and
/// says where the first value that is not finite is, in words ("first in layer features.3.block.1.0
/// (depthwise) on device 0").
std::string first_bad_layer(Replicas&, const StepExecutor&, graph::Executor::Slot, const Batch&,
                            const graph::StepParams&);

}  // namespace vkm::train
