#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Appends the backward nodes of `loss` (reverse-mode differentiation), in an order that produces the last
/// layers' parameter gradients first. `loss` is the output of a loss operator, whose gradient rule starts the
/// chain. Every parameter the loss depends on gets a Role::gradient value; `gradient_of` finds it afterwards.
/// Requires pack_parameters(graph): gradients become ranges of one flat buffer laid out as the parameters.
/// Throws Error where the loss depends on no parameter.
void add_gradients(Graph&, ValueId loss);

/// Appends the nodes that compute the gradient with respect to `x` alone of what `dy` weighs `y` with, sum(y dy), and
/// returns it. `x` is an input or made by a node; parameters get no gradient and need not be packed. Throws Error where
/// `y` does not depend on `x`, and what an operator between them throws that has no gradient.
ValueId add_gradient(Graph&, ValueId y, ValueId dy, ValueId x);

/// Returns the gradient value of a parameter. Throws Error where the loss does not depend on it.
ValueId gradient_of(const Graph&, ValueId parameter);

}  // namespace vkm::graph
