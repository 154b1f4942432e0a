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
    const auto dispatch = [&](const StoredTiles& blocks) {
        const ColumnGrid& grid = blocks.grid;
        lowering.dispatch<shaders::DepthwiseShared>(
            {.storage = x.storage(),
             .constants = {.workgroup = grid.workgroup,
                           .kernel = u32(weights.h),
                           .stride = u32(depthwise.slides.stride),
                           .tile_x = block.tile.x,
                           .tile_y = block.tile.y,
                           .activation = static_cast<uint32_t>(depthwise.epilogue.activation),
                           .bias = depthwise.epilogue.bias,
                           .normalise = depthwise.prologue.normalise,
                           .input_activation = kind(depthwise.prologue.activation),
                           .statistics = depthwise.epilogue.statistics,
                           .tree = grid.tree,
                           .lanes = block.lanes,
                           .tiles_x = block.tiles_x,
                           .tiles_y = block.tiles_y},
             .bindings = {.x = lowering.input_images(0, blocks.images),
                          .w = lowering.input(1),
                          .y = lowering.output_images(blocks.images),
                          .bias = depthwise.epilogue.bias ? lowering.input(2 + depthwise.prologue.inputs())
                                                          : Region{},
                          .normalisation = depthwise.prologue.normalise ? lowering.input(2) : Region{},
                          .partial = blocks.partial.value_or(Region{})},
             .push = {.images = u32(blocks.images.count),
                      .height = u32(x.shape.h),
                      .width = u32(x.shape.w),
                      .channels = u32(x.shape.c),
                      .out_height = u32(y.shape.h),
                      .out_width = u32(y.shape.w),
                      .blocks_y = blocks_y,
                      .blocks_x = blocks_x,
                      .pad_top = static_cast<int32_t>(g.y.pad_before),
                      .pad_left = static_cast<int32_t>(g.x.pad_before),
                      .lanes = grid.lanes,
                      .blocks_per_part = grid.rows_per_part,
                      .first_partial = blocks.first_partial},
             .groups = grid.groups,
             .flops = depthwise_flops(y.shape, weights, blocks.images.count)});
    };
    lower_stored_blocks(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}), block,
                        int64_t{blocks_y} * blocks_x,
                        gather_statistics(lowering, depthwise.epilogue.statistics), dispatch);
}

}  // namespace vkm::graph::ops
