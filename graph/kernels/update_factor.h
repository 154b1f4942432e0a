#pragma once

#include <graph/lower/lowering.h>
#include <graph/optimizer.h>

namespace vkm::graph {

/// Returns one fp32 quad: what gradients are multiplied by, 0 where nothing is updated.
Region update_factor(Lowering&, const UpdateGuard&);

}  // namespace vkm::graph
