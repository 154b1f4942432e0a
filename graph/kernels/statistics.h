#pragma once

#include <graph/host_tensor.h>
#include <graph/kernels/gather.h>

namespace vkm::graph {

/// Batch statistics {1, 1, 3, C} fp32: mean, sum of squared deviations from it (M2), and count. What
/// ops::batch_statistics and the epilogues that gather them (epilogue.h) have in common.

TensorType statistics_type(const TensorType& x);

/// Of what the node stores as output 0, into its output 1; nothing where it is not asked for.
std::optional<Gather> gather_statistics(Lowering&, bool asked);

/// Merges `partials` statistics, lying one after the other, in this order.
void lower_merge_statistics(Lowering&, const Region& partial, int64_t partials, const Region& statistics,
                            int64_t channels);

HostTensor reference_statistics(const HostTensor& x);

}  // namespace vkm::graph
