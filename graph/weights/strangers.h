#pragma once

#include <graph/weights/state_dict.h>

#include <string>

namespace vkm::graph {

/// Returns what an error says of weights that fit no network: the first names and shapes, and the nearest
/// network with what it has more and less. "holds conv1.weight [64, 3, 7, 7], … (320 tensors), …".
std::string describe_strangers(const StateDict&);

/// Returns "[64, 3, 7, 7]".
std::string shape_text(std::span<const int64_t>);

}  // namespace vkm::graph
