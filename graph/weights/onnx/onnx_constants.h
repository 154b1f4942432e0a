#pragma once

#include <graph/weights/onnx/onnx_tensor.h>

#include <optional>
#include <vector>

namespace vkm::graph {

/// Returns what an operator makes of constants, where it is one of those with which exporters compute small
/// lists of numbers, as PyTorch does the amounts of padding. Nothing where it is another, where the list is
/// long, or where it makes no sense.
std::optional<OnnxConstant> fold_constants(const onnx::NodeProto&, const std::vector<const OnnxConstant*>&);

}  // namespace vkm::graph
