#pragma once

#include <graph/kernels/columns.h>

#include <functional>
#include <optional>

namespace vkm::graph {

/// Counts the shared memory, in whole quads, in which a workgroup keeps whether it is the last (shaders/include/arrival.glsl).
constexpr uint32_t arrival_shared_bytes = 16;

/// Says how the last workgroup of a dispatch merges the partial results of all (shaders/include/arrival.glsl).
struct Arrival {
    Region partial;  ///< those of the parts, and of the groups behind them
    Region arrived;
    uint32_t parts = 0;  ///< of a block of columns
    uint32_t group = 0;  ///< parts that are merged first, where there are more
};

/// Says what a kernel gathers from the columns that it stores (shaders/include/statistics_epilogue.glsl and
/// gradient_epilogue.glsl): partial results, and how they become one.
struct Gather {
    int64_t partial_bytes = 0;
    std::optional<Region> complete;  ///< where a single partial result is the result
    std::function<void(const Region& partial, int64_t partials)> merge;
    bool by_arrival = false;  ///< the operator has a kernel whose last workgroup merges them

    /// Returns where the kernel writes so many partial results.
    Region partial(Lowering&, int64_t partials) const;
    /// Returns how the last workgroup merges the partial results of a dispatch, where that is how it is done on this device.
    /// `blocks` of columns have `parts` each, and `strands` share those of a column.
    std::optional<Arrival> arrival(Lowering&, int64_t parts, int64_t blocks, int64_t strands) const;
    /// Merges them, after the kernel has run.
    void finish(const Region& partial, int64_t partials) const;
};

/// Describes a window of what a kernel stores tile by tile.
struct StoredTiles {
    Window images;
    ColumnGrid grid;
    std::optional<Region> partial;
    uint32_t first_partial = 0;
    std::optional<Arrival> arrival = {};  ///< of a kernel that merges by arrival
};

/// Tells a kernel that merges its partial results how: a dispatch's push constants (shaders/include/merge_push.glsl) and
/// bindings. What becomes of the results is the caller's to say.
template <typename Kernel>
void merge_by_arrival(Lowering::Dispatch<Kernel>& dispatch, const Arrival& arrival) {
    dispatch.bindings.partial = arrival.partial;
    dispatch.bindings.arrived = arrival.arrived;
    dispatch.push.merge_parts = arrival.parts;
    dispatch.push.merge_group = arrival.group;
}

/// Dispatches a kernel for every window of a reduction over what it stores, and merges the partial results.
void lower_reduction(Lowering&, const ColumnReduction&, const Gather&,
                     const std::function<void(const StoredTiles&)>& dispatch);

/// Lowers a kernel that stores output 0 tile by tile. If it gathers nothing, an invocation
/// computes a tile of a channel quad. Else the grid is one of columns, and the kernel writes
/// partial results from first_partial on.
void lower_stored_tiles(Lowering&, const std::vector<Window>& images, int64_t tiles_per_image,
                        const std::optional<Gather>&,
                        const std::function<void(const StoredTiles&)>& dispatch);

}  // namespace vkm::graph
