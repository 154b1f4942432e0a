#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// convolution -> activation            becomes   convolution with that activation in its epilogue
/// convolution (-> activation) -> add   becomes   convolution with the other operand as its residual
/// where nobody else reads what lies between. Values keep their ids. For inference graphs.
Graph fuse_epilogues(const Graph&);

/// channel_scale -> pointwise convolution   becomes   pointwise convolution that scales as it loads
/// under the same conditions.
Graph fuse_channel_scale(const Graph&);

}  // namespace vkm::graph
