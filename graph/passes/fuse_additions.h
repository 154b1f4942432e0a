#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Passes over a training graph with its gradients, for the sums in it: each saves the writing and reading of
/// what is added. Values keep their ids.

/// batch_norm -> add   becomes   batch_norm with the other operand as its residual,
/// where nobody else reads what lies between.
Graph add_in_batch_norm(const Graph&);

/// input gradient -> add   becomes   an input gradient that adds the other one as its residual;
/// channel_scale and global_average_pool_grad -> add   become   squeeze_excite_grad,
/// under the same condition.
Graph add_in_gradients(const Graph&);

}  // namespace vkm::graph
