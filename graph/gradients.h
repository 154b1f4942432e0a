#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Reverse-mode differentiation over the same nodes. Appends the backward nodes of `loss` (the output of a
/// loss operator, whose gradient rule starts the chain) in an order that produces the last layers' parameter
/// gradients first. Every parameter the loss depends on gets a Role::gradient value; `gradient_of` finds it
/// afterwards. Requires pack_parameters(graph): gradients become ranges of one flat buffer laid out as the
/// parameters. Throws Error where the loss depends on no parameter.
void add_gradients(Graph&, ValueId loss);

/// The flat buffer of a role (parameter, gradient, momentum, state; the loss scale), or no_value. Others are
/// views into it.
ValueId flat_buffer(const Graph&, Role);

/// The gradient value of a parameter. Throws Error where the loss does not depend on it.
ValueId gradient_of(const Graph&, ValueId parameter);

/// Gives every parameter and every running statistic its place in the flat buffer of its role: parameters
/// from the last created to the first, which is the order in which backward produces their gradients. Depends
/// on nothing but the list of parameters, so training, evaluation and inference graphs of one model agree.
void pack_parameters(Graph&);

}  // namespace vkm::graph
