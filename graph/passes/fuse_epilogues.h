#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Moves activations and residual additions into convolutions, where nobody else reads what lies between:
///     convolution -> activation            becomes   convolution with that activation in its epilogue
///     convolution (-> activation) -> add   becomes   convolution with the other operand as its residual
/// Values keep their ids. For inference graphs.
Graph fuse_epilogues(const Graph&);

/// Moves squeeze-and-excite's scale into the convolution behind it, under the same conditions:
///     channel_scale -> pointwise convolution   becomes   pointwise convolution that scales as it loads
Graph fuse_channel_scale(const Graph&);

}  // namespace vkm::graph
