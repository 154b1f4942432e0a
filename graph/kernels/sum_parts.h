#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// Adds up `parts` fp32 partial results of out's size, lying one after the other, in this order: the second
/// half of every sum that was split. The caller chooses `parts` so that the partial results respect the
/// binding range (most_parts).
void lower_sum_parts(Lowering&, const Region& partials, int64_t parts, const Region& out);

/// Returns how many partial results of `bytes` bytes one binding may span.
int64_t most_parts(const KernelPlan&, int64_t bytes);

}  // namespace vkm::graph
