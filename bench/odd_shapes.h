#pragma once

#include <graph/graph.h>

namespace vkm::bench {

/// Returns operators with channels and image sizes that no model has (primes, remainders of every tile),
/// forward and backward. They show what edges cost.
graph::Graph odd_shapes(int64_t batch, graph::DType);

}  // namespace vkm::bench
