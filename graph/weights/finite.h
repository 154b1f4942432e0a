#pragma once

#include <graph/weights/state_dict.h>

namespace vkm::graph {

/// Throws WeightsError naming the file and the tensor where a number is not finite in fp32, or a running
/// variance is negative: whatever was computed from it would be no answer.
void require_finite(const StateDict&);

}  // namespace vkm::graph
