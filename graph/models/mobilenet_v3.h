#pragma once

#include <graph/models/architecture.h>

namespace vkm::graph {

/// Returns table 1 or 2 of "Searching for MobileNetV3" (Howard et al. 2019), or TensorFlow's minimalistic
/// variant of it, at a width.
Architecture mobilenet_v3(const ModelConfig&);

}  // namespace vkm::graph
