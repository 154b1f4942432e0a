#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// These passes fuse the sums of a training graph with its gradients: each saves writing and reading what is
/// added. They apply where nobody else reads what lies between. Values keep their ids.

/// Lets batch norm add a residual:
///     batch_norm -> add   becomes   batch_norm with the other operand as its residual
Graph add_in_batch_norm(const Graph&);

/// Lets input gradients add the gradient that meets theirs:
///     input gradient -> add   becomes   input gradient with the other gradient as its residual
///     channel_scale and global_average_pool_grad -> add   become   squeeze_excite_grad
Graph add_in_gradients(const Graph&);

}  // namespace vkm::graph
