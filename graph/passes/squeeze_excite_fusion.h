#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// The layers between squeeze-and-excite's mean and its scale in one dispatch each way, in a training graph
/// with its gradients (ops/squeeze_excite_layers.h). Each of them is small: starting it takes longer than
/// computing it.
///     pointwise + bias -> f -> pointwise + bias -> g squeeze_excite_layers activation_grad ->
///     pointwise_input_grad -> activation_grad -> pointwise_input_grad    …_layers_grad
/// where nobody else reads what f is applied to, but its gradient, which then takes f's result, and f allows
/// that (relu). Weight and bias gradients stay; they read the gradients that they did. Values keep their ids.
Graph squeeze_excite_in_one_dispatch(const Graph&);

}  // namespace vkm::graph
