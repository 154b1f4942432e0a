#include <graph/kernels/columns.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/depthwise_lowering.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {

void lower_depthwise(Lowering& lowering, const FusedDepthwise& depthwise, const DepthwiseBlock& block) {
    const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
    const uint32_t blocks_y = divide_up(y.shape.h, block.height()),
                   blocks_x = divide_up(y.shape.w, block.width());
    const auto dispatch = [&](const StoredTiles& blocks) {
        dispatch_depthwise<shaders::DepthwiseSharedMerging, shaders::DepthwiseShared>(
            lowering, depthwise, block.tile, blocks, [&](auto& d) {
                d.constants.activation = kind(depthwise.epilogue.activation);
                d.constants.lanes = block.lanes;
                d.constants.tiles_x = block.tiles_x;
                d.constants.tiles_y = block.tiles_y;
                d.push.blocks_y = blocks_y;
                d.push.blocks_x = blocks_x;
                d.push.blocks_per_part = blocks.grid.rows_per_part;
            });
    };
    std::optional<Gather> gather = gather_statistics(lowering, depthwise.epilogue.statistics);
    if (gather) gather->by_arrival = true;
    lower_stored_blocks(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}), block,
                        int64_t{blocks_y} * blocks_x, gather, dispatch);
}

}  // namespace vkm::graph::ops
