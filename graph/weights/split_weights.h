#pragma once

#include <graph/weights/state_dict.h>

#include <span>
#include <string>

namespace vkm::graph {

/// Says of tensors that are parts of a weight, as weight norm, pruning and parametrisations of PyTorch keep it,
/// what makes them a weight again. Empty where there are none.
std::string advice_on_split_weights(std::span<const NamedTensor> tensors);

}  // namespace vkm::graph
