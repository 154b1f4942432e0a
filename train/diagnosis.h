#pragma once

#include <train/replicas.h>

#include <string>

namespace vkm::train {

/// After a step whose loss is not finite, and whose update therefore was not made: runs the step again with every
/// intermediate value kept and says where the first value that is not finite is, in words ("first in features.3.block.1, …").
std::string first_bad_layer(Replicas&, const StepExecutor&, const Batch&, const graph::StepParams&);

}  // namespace vkm::train
