#pragma once

#include <graph/weights/onnx/onnx_graph.h>

#include <optional>
#include <string_view>

namespace vkm::graph {

/// Returns the reader of an operator whose numbers are integers of 8 bits: they are taken as the numbers that
/// they stand for, and what 8 bits cannot hold below 0 as an activation. Null where it is none of these.
using OnnxOperator = void (*)(OnnxGraph&, const onnx::NodeProto&);
OnnxOperator quantised_operator(std::string_view type);

/// Scales a layer of integers whose scale follows it, where a product's value is such a layer's. Returns whether
/// it was.
bool scale_integer_layer(OnnxGraph&, const onnx::NodeProto& product);

/// Appends a fully connected layer, of a matrix [K, N] or [N, K] where it is transposed.
void append_connected(OnnxGraph&, const onnx::NodeProto&, const OnnxConstant& weight, bool transposed,
                      const std::vector<float>& bias);
/// Appends a convolution.
void append_convolution(OnnxGraph&, const onnx::NodeProto&, OnnxConstant weight, std::vector<float> bias);
/// Gives a value or a constant another name.
void append_same(OnnxGraph&, const onnx::NodeProto&);

}  // namespace vkm::graph
