#pragma once

#include <graph/graph.h>

namespace vkm::graph {

/// Adds an all_reduce(sum) behind every bucket of about `bucket_bytes` of the flat gradient buffer, right
/// after the last node that writes into it, or updates the whole buffer (data parallel). Parameters are packed in the order in which
/// backward produces their gradients, so the first buckets are reduced while the rest of backward runs.
Graph reduce_gradients(Graph, int64_t bucket_bytes = 4 << 20);

}  // namespace vkm::graph
