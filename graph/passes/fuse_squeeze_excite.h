#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Runs the layers between squeeze-and-excite's mean and its scale in one dispatch each way, in a training
/// graph with its gradients (ops/squeeze_excite_layers.h). Each of them is small: starting it takes longer
/// than computing it. Forward,
///     pointwise + bias -> f -> pointwise + bias -> g
/// becomes squeeze_excite_layers, and backward,
///     activation_grad -> pointwise_input_grad -> activation_grad -> pointwise_input_grad
/// becomes squeeze_excite_layers_grad, where nobody else reads what f is applied to but f's gradient, which
/// then takes f's result, and where f allows that (relu). Weight and bias gradients stay; they read the
/// gradients that they did. Values keep their ids.
Graph fuse_squeeze_excite(const Graph&);

}  // namespace vkm::graph
