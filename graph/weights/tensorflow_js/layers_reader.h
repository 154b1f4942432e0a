#pragma once

#include <graph/weights/network_file/network_file.h>
#include <graph/weights/tensorflow_js/layers_weights.h>
#include <graph/weights/weights_content.h>

#include <span>
#include <string_view>

namespace vkm::graph {

/// Returns whether the bytes are the model.json of a TensorFlow.js layers model, as Teachable Machine exports it.
bool looks_like_layers_model(std::span<const std::byte>);

/// Opens such a model of a network that is known here (graph/weights/network_file), with the files of weights
/// and the metadata.json that lie beside it. Throws WeightsError naming `file` and the first layer or array
/// that does not fit.
WeightsContent open_layers_model(std::span<const std::byte>, std::string_view file);

/// Returns its layers as they are. Throws the same, and what `beside` throws.
NetworkFile read_layers_model(std::span<const std::byte>, const FileBeside& beside, std::string_view file);

}  // namespace vkm::graph
