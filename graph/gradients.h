#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Appends the backward nodes of `loss` (reverse-mode differentiation), in an order that produces the last
/// layers' parameter gradients first. `loss` is the output of a loss operator, whose gradient rule starts the
/// chain. Every parameter the loss depends on gets a Role::gradient value; `gradient_of` finds it afterwards.
/// Requires pack_parameters(graph): gradients become ranges of one flat buffer laid out as the parameters.
/// Throws Error where the loss depends on no parameter.
void add_gradients(Graph&, ValueId loss);

/// Returns the gradient value of a parameter. Throws Error where the loss does not depend on it.
ValueId gradient_of(const Graph&, ValueId parameter);

}  // namespace vkm::graph
