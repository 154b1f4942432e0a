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
    const Shape& weights = lowering.input_type(1).shape;
    const DepthwiseGeometry g = depthwise_geometry(depthwise.slides, x.shape, weights);
    const uint32_t tiles_y = divide_up(y.shape.h, tile.y), tiles_x = divide_up(y.shape.w, tile.x);
    const auto set = [&](auto& d, const StoredTiles& tiles) {
        const ColumnGrid& grid = tiles.grid;
        d.storage = x.storage();
        d.constants.workgroup = grid.workgroup;
        d.constants.kernel = u32(weights.h);
        d.constants.stride = u32(depthwise.slides.stride);
        d.constants.tile_x = tile.x;
        d.constants.tile_y = tile.y;
        d.constants.activation = activation_constant(depthwise.epilogue, lowering.plan());
        d.constants.bias = depthwise.epilogue.bias;
        d.constants.normalise = depthwise.prologue.normalise;
        d.constants.input_activation = kind(depthwise.prologue.activation);
        d.bindings.x = lowering.input_images(0, tiles.images);
        d.bindings.w = lowering.input(1);
        d.bindings.y = lowering.output_images(tiles.images);
        if (depthwise.epilogue.bias) d.bindings.bias = lowering.input(2 + depthwise.prologue.inputs());
        if (depthwise.prologue.normalise) d.bindings.normalisation = lowering.input(2);
        d.push.images = u32(tiles.images.count);
        d.push.height = u32(x.shape.h);
        d.push.width = u32(x.shape.w);
        d.push.channels = u32(x.shape.c);
        d.push.out_height = u32(y.shape.h);
        d.push.out_width = u32(y.shape.w);
        d.push.tiles_y = tiles_y;
        d.push.tiles_x = tiles_x;
        d.push.pad_top = static_cast<int32_t>(g.y.pad_before);
        d.push.pad_left = static_cast<int32_t>(g.x.pad_before);
        d.push.lanes = grid.lanes;
        d.push.tiles_per_part = grid.rows_per_part;
        d.push.first_partial = tiles.first_partial;
        d.push.given_activation = kind(depthwise.epilogue.activation);
        d.groups = grid.groups;
        d.flops = depthwise_flops(y.shape, weights, tiles.images.count);
    };
    const auto dispatch = [&](const StoredTiles& tiles) {
        if (tiles.arrival) {
            Lowering::Dispatch<shaders::DepthwiseMerging> merging{
                .constants = {}, .bindings = {}, .push = {}};
            set(merging, tiles);
            dispatch_merging(lowering, *tiles.arrival, merging);
            return;
        }
        Lowering::Dispatch<shaders::Depthwise> plain{.constants = {}, .bindings = {}, .push = {}};
        set(plain, tiles);
        plain.constants.statistics = depthwise.epilogue.statistics;
        plain.constants.tree = tiles.grid.tree;
        plain.bindings.partial = tiles.partial.value_or(Region{});
        lowering.dispatch(plain);
    };
    std::optional<Gather> gather = gather_statistics(lowering, depthwise.epilogue.statistics);
    if (gather) gather->by_arrival = true;
    lower_stored_tiles(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}),
                       int64_t{tiles_y} * tiles_x, gather, dispatch);
}

}  // namespace vkm::graph::ops
