#pragma once

#include <graph/graph.h>

namespace vkm::bench {

/// Operators with channels and images no model has (primes, remainders of every tile), forward and backward:
/// where edges cost.
graph::Graph odd_shapes(int64_t batch, graph::DType);

}  // namespace vkm::bench
