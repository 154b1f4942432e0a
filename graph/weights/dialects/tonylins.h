#pragma once

#include <graph/weights/dialect.h>

namespace vkm::graph {

// The MobileNetV2 of tonylins (pytorch-mobilenet-v2), and of ShowLo after it: a block is one flat list of
// layers, activations counted, and the classifier is a single layer.

std::string tonylins_name(const NetworkWeights&, size_t weight);  ///< features.N.conv.K.*
std::string showlo_name(const NetworkWeights&, size_t weight);    ///< network.N.conv.K.*

}  // namespace vkm::graph
