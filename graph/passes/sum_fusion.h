#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Passes over a training graph with its gradients, for the sums in it: each saves the writing and reading of
/// what is added. Values keep their ids.

/// batch_norm -> add   becomes   batch_norm with the other operand as its residual,
/// where nobody else reads what lies between.
Graph add_in_batch_norm(const Graph&);

/// pointwise_input_grad -> add   becomes   pointwise_input_grad that adds the other gradient;
/// channel_scale and global_average_pool_grad -> add   become   squeeze_excite_grad,
/// under the same condition.
Graph add_in_gradients(const Graph&);

}  // namespace vkm::graph
