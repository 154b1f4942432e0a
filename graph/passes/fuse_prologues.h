#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>

namespace vkm::graph {

/// These passes let every reader compute again what lies between two kernels, as it loads
/// (kernels/prologue.h), so that it is never written. That saves a write and a read of a tensor where memory
/// is the bound. They run on a training graph with its gradients. Values keep their ids.

/// Lets the readers of a batch norm normalise, where all of them can through their prologue:
///     batch_norm -> readers   becomes   batch_norm_coefficients -> readers that normalise
/// The batch norm stays where it adds a residual, where somebody else reads its result (a residual,
/// squeeze-and-excite), or where the device's choice leaves out a kind of convolution that reads it.
Graph normalise_on_load(const Graph&, const Fusion& = {});

/// Lets the readers of a channel_scale scale, where all of them can through their
/// prologue. The channel_scale goes.
Graph scale_on_load(const Graph&);

}  // namespace vkm::graph
