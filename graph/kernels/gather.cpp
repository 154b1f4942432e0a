#include <graph/kernels/gather.h>
#include <graph/kernels/grid_variants.h>

namespace vkm::graph {

Region Gather::partial(Lowering& lowering, int64_t partials) const {
    if (complete && partials == 1) return *complete;
    return lowering.scratch(partials * partial_bytes, "partial");
}

void Gather::finish(const Region& partial, int64_t partials) const {
    if (!complete || partials > 1) merge(partial, partials);
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
    const Region partial = gather->partial(lowering, reduction.partials);
    for (const auto& [window, grid, first_partial] : reduction.dispatches)
        dispatch({window, grid, partial, first_partial});
    gather->finish(partial, reduction.partials);
}

}  // namespace vkm::graph
