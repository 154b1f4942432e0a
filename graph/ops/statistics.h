#pragma once

#include <graph/ops/columns.h>
#include <graph/reference/host_tensor.h>

#include <functional>

namespace vkm::graph {

/// Batch statistics {1, 1, 3, C} fp32: mean, sum of squared deviations from it (M2), and count. What
/// ops::batch_statistics and the epilogues that gather them (epilogue.h) have in common.

TensorType statistics_type(const TensorType& x);

/// Merges `partials` statistics, lying one after the other, in this order.
void lower_merge_statistics(Lowering&, const Region& partial, int64_t partials, const Region& statistics,
                            int64_t channels);

/// Lowers a kernel that stores its output tile by tile, window of images by window. Without statistics an
/// invocation computes a tile of a channel quad; with them (output 1) the grid is one of columns, the kernel
/// writes partial results from `first` on, and they are merged. Where it writes none, `partial` is empty.
struct StoredTiles {
    Window images;
    ColumnGrid grid;
    Region partial;
    uint32_t first = 0;
};
void lower_stored_tiles(Lowering&, const std::vector<Window>&, int64_t tiles_per_image, bool statistics,
                        const std::function<void(const StoredTiles&)>& dispatch);

HostTensor reference_statistics(const HostTensor& x);

}  // namespace vkm::graph
