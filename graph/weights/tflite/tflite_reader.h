#pragma once

#include <graph/weights/network_file/network_file.h>
#include <graph/weights/weights_content.h>

#include <span>
#include <string_view>

namespace vkm::graph {

/// Opens a TensorFlow Lite model of a network that is known here: float32, float16, or 8 bits, which become
/// numbers again (graph/weights/network_file). Throws WeightsError naming `file` and the first operator or
/// tensor that does not fit.
WeightsContent open_tflite(std::span<const std::byte>, std::string_view file);

/// Returns its operators as they are. Throws the same.
NetworkFile read_tflite(std::span<const std::byte>, std::string_view file);

}  // namespace vkm::graph
