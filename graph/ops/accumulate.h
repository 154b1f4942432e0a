#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

// Here is what a step over several batches needs. Batch k of n is said by step_params: micro_batch, which is k
// from 0 on, and micro_batch_share, which is 1 / n.

struct Accumulation {
    bool mean = false;  ///< of the last batch: what accumulated_mean() does
};

/// Returns sum = k == 0 ? x : sum + x. Inputs: x (fp32), sum, which it updates, step_params.
std::shared_ptr<const Operator> accumulate();

/// Returns what the last batch makes of it, x = (k == 0 ? x : sum + x) / n. Inputs: x, which it updates,
/// sum, step_params.
std::shared_ptr<const Operator> accumulated_mean();

}  // namespace vkm::graph::ops
