#pragma once

#include <graph/lower/lowering.h>
#include <graph/optimizer.h>

namespace vkm::graph {

/// Counts an update of Adam or its kin in `updates` (i32, a scalar slot) unless it is skipped. Returns one
/// fp32 quad: what gradients are multiplied by (0: skipped), 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t). t
/// counts the updates made, this one included.
Region bias_corrections(Lowering&, const Region& updates, const UpdateGuard&, double beta1, double beta2);

}  // namespace vkm::graph
