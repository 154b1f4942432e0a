#pragma once

#include <graph/host_tensor.h>
#include <graph/kernels/gather.h>

namespace vkm::graph {

/// Here is what ops::batch_statistics and the epilogues that gather the same (epilogue.h) have in common.
/// Batch statistics are {1, 1, 3, C} fp32: mean, sum of squared deviations from it (M2), and count.

TensorType statistics_type(const TensorType& x);

/// Gathers the statistics of what the node stores as output 0 into its output 1; nothing where not asked for.
std::optional<Gather> gather_statistics(Lowering&, bool asked);

/// Merges `partials` statistics, lying one after the other, in this order.
/// The dispatch waits for a batch norm that goes on with them (Lowering::dispatch_later).
void lower_merge_statistics(Lowering&, const Region& partial, int64_t partials, const Region& statistics,
                            int64_t channels);

HostTensor reference_statistics(const HostTensor& x);

}  // namespace vkm::graph
