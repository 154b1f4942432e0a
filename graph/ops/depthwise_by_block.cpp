#include <graph/kernels/columns.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/depthwise_lowering.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {

void lower_depthwise(Lowering& lowering, const FusedDepthwise& depthwise, const DepthwiseBlock& block) {
    const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
    const Shape& weights = lowering.input_type(1).shape;
    const DepthwiseGeometry g = depthwise_geometry(depthwise.slides, x.shape, weights);
    const uint32_t blocks_y = divide_up(y.shape.h, block.height()),
                   blocks_x = divide_up(y.shape.w, block.width());
    const auto set = [&](auto& d, const StoredTiles& blocks) {
        const ColumnGrid& grid = blocks.grid;
        d.storage = x.storage();
        d.constants.workgroup = grid.workgroup;
        d.constants.kernel = u32(weights.h);
        d.constants.stride = u32(depthwise.slides.stride);
        d.constants.tile_x = block.tile.x;
        d.constants.tile_y = block.tile.y;
        d.constants.activation = static_cast<uint32_t>(depthwise.epilogue.activation);
        d.constants.bias = depthwise.epilogue.bias;
        d.constants.normalise = depthwise.prologue.normalise;
        d.constants.input_activation = kind(depthwise.prologue.activation);
        d.constants.lanes = block.lanes;
        d.constants.tiles_x = block.tiles_x;
        d.constants.tiles_y = block.tiles_y;
        d.bindings.x = lowering.input_images(0, blocks.images);
        d.bindings.w = lowering.input(1);
        d.bindings.y = lowering.output_images(blocks.images);
        if (depthwise.epilogue.bias) d.bindings.bias = lowering.input(2 + depthwise.prologue.inputs());
        if (depthwise.prologue.normalise) d.bindings.normalisation = lowering.input(2);
        d.push.images = u32(blocks.images.count);
        d.push.height = u32(x.shape.h);
        d.push.width = u32(x.shape.w);
        d.push.channels = u32(x.shape.c);
        d.push.out_height = u32(y.shape.h);
        d.push.out_width = u32(y.shape.w);
        d.push.blocks_y = blocks_y;
        d.push.blocks_x = blocks_x;
        d.push.pad_top = static_cast<int32_t>(g.y.pad_before);
        d.push.pad_left = static_cast<int32_t>(g.x.pad_before);
        d.push.lanes = grid.lanes;
        d.push.blocks_per_part = grid.rows_per_part;
        d.push.first_partial = blocks.first_partial;
        d.groups = grid.groups;
        d.flops = depthwise_flops(y.shape, weights, blocks.images.count);
    };
    const auto dispatch = [&](const StoredTiles& blocks) {
        if (blocks.arrival) {
            Lowering::Dispatch<shaders::DepthwiseSharedMerging> merging{
                .constants = {}, .bindings = {}, .push = {}};
            set(merging, blocks);
            dispatch_merging(lowering, *blocks.arrival, merging);
            return;
        }
        Lowering::Dispatch<shaders::DepthwiseShared> plain{.constants = {}, .bindings = {}, .push = {}};
        set(plain, blocks);
        plain.constants.statistics = depthwise.epilogue.statistics;
        plain.constants.tree = blocks.grid.tree;
        plain.bindings.partial = blocks.partial.value_or(Region{});
        lowering.dispatch(plain);
    };
    std::optional<Gather> gather = gather_statistics(lowering, depthwise.epilogue.statistics);
    if (gather) gather->by_arrival = true;
    lower_stored_blocks(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}), block,
                        int64_t{blocks_y} * blocks_x, gather, dispatch);
}

}  // namespace vkm::graph::ops
