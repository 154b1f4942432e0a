#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Runs the layers between squeeze-and-excite's mean and its scale in one dispatch each way
/// (ops/squeeze_excite_layers.h). Each is small: starting it takes longer than computing it. Forward,
///     pointwise + bias -> f -> pointwise + bias -> g
/// becomes squeeze_excite_layers. This needs an f whose derivative follows from its result (relu), and that
/// nothing but f's gradient also reads what f is applied to; the gradient then reads f's result. Backward,
///     activation_grad -> pointwise_input_grad -> activation_grad -> pointwise_input_grad
/// becomes squeeze_excite_layers_grad. Weight and bias gradients stay, and read the gradients that they did.
/// For a training graph with its gradients. Values keep their ids.
Graph fuse_squeeze_excite(const Graph&);

}  // namespace vkm::graph
