#pragma once

#include <graph/graph.h>

namespace vkm::graph {

// Tensors of one kind lie one behind the other in one flat buffer: parameters, their gradients and running
// statistics. Buckets, clipping, the optimizer, checkpoints and reductions then work on byte ranges. A flat
// buffer is a value that is no view; its tensors are views into it (Value::view_of).

/// Gives every weight and every running statistic its place in the flat buffer of its role: parameters
/// from the last created to the first, which is the order in which backward produces their gradients. Depends
/// on nothing but the list of parameters, so training, evaluation and inference graphs of one model agree.
void pack_parameters(Graph&);

/// Returns the values of a role that are no views. In a packed graph these are the flat buffer of
/// parameters, gradients, states, frozen or derived weights, and what an optimizer or the loss scale keeps. Graphs of one model
/// share those of equal names.
std::vector<ValueId> flat_buffers(const Graph&, Role);

/// Returns the flat buffer of a role (parameter, gradient, state, frozen, derived), or no_value.
ValueId flat_buffer(const Graph&, Role);

/// Adds a flat buffer for a role that has none yet.
ValueId add_flat_buffer(Graph&, Role, const TensorType&);

}  // namespace vkm::graph
