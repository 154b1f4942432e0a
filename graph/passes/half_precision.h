#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Stores activations and convolution weights in half precision: images are normalised into fp16, and every type that follows
/// from them is inferred again. Biases, batch norm's vectors and statistics stay fp32. For inference graphs, before
/// pack_parameters; values keep their ids.
Graph store_as_half(Graph);

}  // namespace vkm::graph
