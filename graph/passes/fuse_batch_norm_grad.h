#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>

namespace vkm::graph {

/// Gathers the sums of batch norm's gradient in the kernel that stores the gradient of its output:
///     input gradient -> batch_norm_sums and batch_norm_input_grad
///     becomes   input gradient with an epilogue (kernels/gradient_epilogue.h) -> batch_norm_input_grad
/// The epilogue also applies the activation's derivative, so the gradient is then that of the activation's
/// input. Saves one read of the gradient and of the batch norm's input. Where an activation follows the batch
/// norm, this needs the coefficients that readers normalise with (fuse_prologues.h). Values keep their ids.
Graph gather_batch_norm_sums(const Graph&);

/// Lets readers form batch norm's input gradient as they load it, where all of them can:
///     batch_norm_input_grad without activation -> readers
///     becomes   batch_norm_gradient_coefficients -> readers with a prologue (kernels/gradient_prologue.h)
/// Saves writing the gradient, and costs each of the convolution's gradients a read of its output. Kinds of
/// convolution that the device's choice leaves out stay as they are. Values keep their ids.
Graph batch_norm_grad_on_load(const Graph&, const Fusion& = {});

}  // namespace vkm::graph
