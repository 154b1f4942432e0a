#include <graph/kernels/columns.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/depthwise_lowering.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

// Returns ACTIVATION of shaders/include/epilogue.glsl.
uint32_t activation_constant(const Epilogue& epilogue, const KernelPlan& plan) {
    constexpr uint32_t given = 255;
    const bool constant = epilogue.activation == Activation::none || !plan.kernels.given_activations;
    return constant ? static_cast<uint32_t>(epilogue.activation) : given;
}

}  // namespace

void lower_depthwise(Lowering& lowering, const FusedDepthwise& depthwise, const OutputTile& tile) {
    const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
    const uint32_t tiles_y = divide_up(y.shape.h, tile.y), tiles_x = divide_up(y.shape.w, tile.x);
    const auto dispatch = [&](const StoredTiles& tiles) {
        dispatch_depthwise<shaders::DepthwiseMerging, shaders::Depthwise>(
            lowering, depthwise, tile, tiles, [&](auto& d) {
                d.constants.activation = activation_constant(depthwise.epilogue, lowering.plan());
                d.push.tiles_y = tiles_y;
                d.push.tiles_x = tiles_x;
                d.push.tiles_per_part = tiles.grid.rows_per_part;
                d.push.given_activation = kind(depthwise.epilogue.activation);
            });
    };
    std::optional<Gather> gather = gather_statistics(lowering, depthwise.epilogue.statistics);
    if (gather) gather->by_arrival = true;
    lower_stored_tiles(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}),
                       int64_t{tiles_y} * tiles_x, gather, dispatch);
}

}  // namespace vkm::graph::ops
