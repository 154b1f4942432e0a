#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>

namespace vkm::graph {

/// input gradient -> batch_norm_sums, batch_norm_input_grad   becomes   an input gradient that applies the
/// activation's derivative and gathers the sums as it stores (gradient_epilogue.h) -> batch_norm_input_grad.
/// Saves one read of the gradient and of the batch norm's input. Where an activation follows the batch norm,
/// only if its coefficients are there for readers that normalise on load (fuse_prologues.h). Values keep their
/// ids; the gradient is then that of the activation's input.
Graph gather_batch_norm_sums(const Graph&);

/// batch_norm_input_grad, its activation gone through -> readers that can all form it   becomes
/// batch_norm_gradient_coefficients -> readers that form the gradient as they load it (gradient_prologue.h).
/// Saves the writing of the gradient, and costs the convolution's gradients a read each of its output. A kind
/// of convolution that the device's choice leaves out keeps what it reads.
Graph batch_norm_grad_on_load(const Graph&, const Fusion& = {});

}  // namespace vkm::graph
