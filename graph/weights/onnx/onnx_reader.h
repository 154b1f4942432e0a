#pragma once

#include <graph/weights/network_file/network_file.h>
#include <graph/weights/weights_content.h>

#include <span>
#include <string_view>

namespace vkm::graph {

/// Opens an ONNX model of a network that is known here, whoever exported it (graph/weights/network_file).
/// Weights may lie in a file beside it. Throws WeightsError naming `file` and the first operator or tensor
/// that does not fit.
WeightsContent open_onnx(std::span<const std::byte>, std::string_view file);

/// Returns its operators as they are. Throws the same.
NetworkFile read_onnx(std::span<const std::byte>, std::string_view file);

}  // namespace vkm::graph
