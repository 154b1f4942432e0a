#pragma once

#include <graph/weights/onnx/onnx_graph.h>

namespace vkm::graph {

/// Adds what one of a model's operators does to the network, or to its constants. Throws WeightsError naming the
/// operator where networks here have none like it.
void add_operator(OnnxGraph&, const onnx::NodeProto&);

}  // namespace vkm::graph
