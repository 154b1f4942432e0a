#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Makes one node (ops/inverted_residual.h) of every inverted residual that nothing else looks into: none
/// with squeeze-and-excite between its convolutions. For inference graphs, after fuse_epilogues.
Graph fuse_blocks(const Graph&);

}  // namespace vkm::graph
