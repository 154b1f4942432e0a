#pragma once

#include <graph/lower/lowering.h>
#include <graph/parameter_ranges.h>

namespace vkm::graph {

/// Says how far gradients are scaled down: by most / (norm + margin) where that is below 1.
struct NormBound {
    double most = 1;
    double margin = 0;
};

/// Returns one fp32 quad: what gradients are multiplied by, their norm, and the share of it that is kept.
/// `gradients` is a flat buffer; the norm is of what `unscale` makes of it (empty: of itself). All devices
/// compute the same bits.
Region bounded_norm(Lowering&, const Region& gradients, const Region& unscale, const NormBound&);

/// Returns a flat buffer as one range.
ParameterRanges whole_buffer(int64_t bytes);

}  // namespace vkm::graph
