#pragma once

#include <graph/fusion.h>
#include <graph/graph.h>

namespace vkm::graph {

/// Passes over a training graph with its gradients. What lies between two kernels is computed again by every
/// kernel that reads it, as it loads (kernels/prologue.h), and never written: it saves one write and one read a
/// tensor where memory is the bound. Values keep their ids.

/// batch_norm -> readers that all take it through their prologue   becomes   batch_norm_coefficients ->
/// readers. Where it adds a residual, where somebody else reads the result too (a residual,
/// squeeze-and-excite), or a kind of convolution that the device's choice leaves out, it stays.
Graph normalise_on_load(const Graph&, const Fusion& = {});

/// channel_scale -> readers that all take it through their prologue   becomes   readers that scale.
Graph scale_on_load(const Graph&);

}  // namespace vkm::graph
