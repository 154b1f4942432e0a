#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Inference graphs: every inverted residual that nothing else looks into (no squeeze-and-excite between its
/// convolutions) becomes one node (ops/inverted_residual.h). Runs after fuse_epilogues.
Graph fuse_blocks(const Graph&);

}  // namespace vkm::graph
