#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// Adds up partial results, many sums in a dispatch: the second half of every sum that was split. Their partial
/// results lie in one buffer and their totals in another. Strands of a workgroup share a sum's parts, in an order that
/// depends on how many there are and not on the device's subgroups; without a column tree (KernelDefaults) there is one
/// strand, which adds them up in their order.
void lower_sum_parts(Lowering&, const std::vector<DeferredSums::Sum>&);

/// Returns how many partial results of `bytes` bytes one binding may span.
int64_t most_parts(const KernelPlan&, int64_t bytes);

}  // namespace vkm::graph
