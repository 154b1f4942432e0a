#pragma once

#include <graph/models/architecture.h>

namespace vkm::graph {

/// Tables 1 and 2 of "Searching for MobileNetV3" (Howard et al. 2019) at a width, and TensorFlow's
/// minimalistic variants.
Architecture mobilenet_v3(const ModelConfig&);

}  // namespace vkm::graph
