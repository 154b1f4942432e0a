#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// convolution -> batch_statistics   becomes   a convolution that gathers the statistics of its result as it
/// stores it (kernels/epilogue.h), which saves one read of every convolution's output. Values keep their ids.
Graph gather_batch_statistics(const Graph&);

}  // namespace vkm::graph
