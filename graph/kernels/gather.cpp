#include <graph/kernels/gather.h>
#include <graph/kernels/grid_variants.h>

#include <cmath>

namespace vkm::graph {

Region Gather::partial(Lowering& lowering, int64_t partials) const {
    if (complete && partials == 1) return *complete;
    return lowering.scratch(partials * partial_bytes, "partial");
}

std::optional<Arrival> Gather::arrival(Lowering& lowering, int64_t parts, int64_t blocks,
                                       int64_t strands) const {
    const KernelPlan& plan = lowering.plan();
    if (!by_arrival || !plan.kernels.merge_by_arrival || !plan.kernels.column_tree || strands < 1) return {};
    // A strand takes two partial results a turn. Turns, which wait for each other, should be as few as a second merge takes.
    constexpr int64_t most_turns = 4;
    const bool at_once = parts <= 2 * strands * most_turns;
    const int64_t group =
        at_once ? parts : static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(parts))));
    const int64_t groups = divide_up(parts, group);
    const int64_t bytes = (parts + (at_once ? 0 : groups)) * partial_bytes;
    if (bytes > static_cast<int64_t>(plan.device.window_bytes)) return {};
    return Arrival{.partial = lowering.scratch(bytes, "partial"),
                   .arrived = lowering.counters(blocks * (groups + 1)),
                   .parts = u32(parts),
                   .group = u32(group)};
}

void Gather::finish(const Region& partial, int64_t partials) const {
    if (!complete || partials > 1) merge(partial, partials);
}

void lower_reduction(Lowering& lowering, const ColumnReduction& reduction, const Gather& gather,
                     const std::function<void(const StoredTiles&)>& dispatch) {
    if (reduction.dispatches.size() == 1) {  // of several, none has the last workgroup
        const auto& [window, grid, first] = reduction.dispatches.front();
        const int64_t columns = lowering.output_type().shape.quads();
        if (const auto arrival =
                gather.arrival(lowering, reduction.partials, divide_up(columns, grid.lanes), grid.strands))
            return dispatch({window, grid, arrival->partial, first, arrival});
    }
    const Region partial = gather.partial(lowering, reduction.partials);
    for (const auto& [window, grid, first_partial] : reduction.dispatches)
        dispatch({window, grid, partial, first_partial});
    gather.finish(partial, reduction.partials);
}

void lower_stored_tiles(Lowering& lowering, const std::vector<Window>& images, int64_t tiles_per_image,
                        const std::optional<Gather>& gather,
                        const std::function<void(const StoredTiles&)>& dispatch) {
    const int64_t quads = lowering.output_type().shape.quads();
    if (!gather) {
        const KernelPlan plan = plan_of_invocations(lowering);
        for (const Window& w : images)
            dispatch({w, invocation_grid(w.count * tiles_per_image * quads, plan), {}});
        return;
    }
    const ColumnReduction reduction = split_stored_columns(plan_of_reduction(lowering), images, quads,
                                                           tiles_per_image, gather->partial_bytes);
    lower_reduction(lowering, reduction, *gather, dispatch);
}

}  // namespace vkm::graph
