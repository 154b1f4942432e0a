#pragma once

#include <graph/weights/state_dict.h>

#include <filesystem>

namespace vkm::graph {

/// Replaces the file atomically by an ONNX model of the network that the metadata describe (model options;
/// see describe_model), opset 13. Input `images` [batch, 3, S, S], float32, normalised; output `logits`
/// [batch, classes], float32; the batch is symbolic. Initialisers have the state dict's names. Half-precision
/// weights make the network between them half precision. A batch norm that does nothing but add, as
/// fold_batch_norms() leaves it, becomes its convolution's bias. The metadata become metadata_props. Throws
/// WeightsError where they describe no network, or weights are absent.
void write_onnx(const std::filesystem::path&, const StateDict&);

}  // namespace vkm::graph
