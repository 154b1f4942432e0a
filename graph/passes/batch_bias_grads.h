#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Makes the gradients of several biases in one node: each is a small dispatch, and costs its launch. Only of tensors that are
/// a vector an image, since all of them then live until the last one is made.
Graph batch_bias_grads(const Graph&);

}  // namespace vkm::graph
