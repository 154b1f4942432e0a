#pragma once

#include <graph/kernels/columns.h>

#include <functional>
#include <optional>

namespace vkm::graph {

/// Says what a kernel gathers from the columns that it stores (shaders/include/statistics_epilogue.glsl and
/// gradient_epilogue.glsl): partial results, and how they become one.
struct Gather {
    int64_t partial_bytes = 0;
    std::optional<Region> complete;  ///< where a single partial result is the result
    std::function<void(const Region& partial, int64_t partials)> merge;

    /// Returns where the kernel writes so many partial results.
    Region partial(Lowering&, int64_t partials) const;
    /// Merges them, after the kernel has run.
    void finish(const Region& partial, int64_t partials) const;
};

/// Describes a window of what a kernel stores tile by tile.
struct StoredTiles {
    Window images;
    ColumnGrid grid;
    std::optional<Region> partial;
    uint32_t first_partial = 0;
};

/// Lowers a kernel that stores output 0 tile by tile. If it gathers nothing, an invocation
/// computes a tile of a channel quad. Else the grid is one of columns, and the kernel writes
/// partial results from first_partial on.
void lower_stored_tiles(Lowering&, const std::vector<Window>& images, int64_t tiles_per_image,
                        const std::optional<Gather>&,
                        const std::function<void(const StoredTiles&)>& dispatch);

}  // namespace vkm::graph
