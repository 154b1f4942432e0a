#pragma once

#include <graph/models/architecture.h>

namespace vkm::graph {

/// Returns table 2 of "MobileNetV2: Inverted Residuals and Linear Bottlenecks"
/// (Sandler et al. 2018) at a width.
Architecture mobilenet_v2(const ModelConfig&);

}  // namespace vkm::graph
