#pragma once

#include <graph/passes/remove_unused.h>

#include <span>

namespace vkm::graph {

/// Returns the part of a graph that computes `outputs` from `inputs`: the host writes these and reads those. Inputs
/// that nothing depends on are left out, and so is everything else. Throws Error after pack_parameters.
CompactGraph part_of(const Graph&, std::span<const ValueId> inputs, std::span<const ValueId> outputs);

}  // namespace vkm::graph
