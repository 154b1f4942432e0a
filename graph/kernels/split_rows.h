#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// Describes a sum over all rows of some tensors, split into parts that are summed side by side, then in
/// order by sum_parts.
struct SplitRows {
    struct Dispatch {
        Window rows;
        int64_t first_part = 0, parts = 0;
    };
    int64_t rows_per_part = 0;         ///< a multiple of 4; the last part of a dispatch may have fewer
    std::vector<Dispatch> dispatches;  ///< one a binding window
    int64_t parts = 0;
};

/// Splits into about `wanted` parts, each of at least 64 rows, as far as partial results of `partial_bytes`
/// fit a binding. Throws ShapeError where a binding cannot hold even one partial result for each window.
SplitRows split_rows(const std::vector<Window>& windows, int64_t wanted, int64_t partial_bytes,
                     const KernelPlan&);

}  // namespace vkm::graph
