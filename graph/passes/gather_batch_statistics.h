#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Lets a convolution gather the statistics of its result as it stores it (kernels/epilogue.h):
///     convolution -> batch_statistics   becomes   convolution with statistics in its epilogue
/// This saves one read of every convolution's output. Values keep their ids.
Graph gather_batch_statistics(const Graph&);

}  // namespace vkm::graph
