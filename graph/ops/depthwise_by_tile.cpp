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
    const auto dispatch = [&](const StoredTiles& tiles) {
        const ColumnGrid& grid = tiles.grid;
        lowering.dispatch<shaders::Depthwise>(
            {.storage = x.storage(),
             .constants = {.workgroup = grid.workgroup,
                           .kernel = u32(weights.h),
                           .stride = u32(depthwise.slides.stride),
                           .tile_x = tile.x,
                           .tile_y = tile.y,
                           .activation = activation_constant(depthwise.epilogue, lowering.plan()),
                           .bias = depthwise.epilogue.bias,
                           .normalise = depthwise.prologue.normalise,
                           .input_activation = kind(depthwise.prologue.activation),
                           .statistics = depthwise.epilogue.statistics,
                           .tree = grid.tree},
             .bindings = {.x = lowering.input_images(0, tiles.images),
                          .w = lowering.input(1),
                          .y = lowering.output_images(tiles.images),
                          .bias = depthwise.epilogue.bias ? lowering.input(2 + depthwise.prologue.inputs())
                                                          : Region{},
                          .normalisation = depthwise.prologue.normalise ? lowering.input(2) : Region{},
                          .partial = tiles.partial.value_or(Region{})},
             .push = {.images = u32(tiles.images.count),
                      .height = u32(x.shape.h),
                      .width = u32(x.shape.w),
                      .channels = u32(x.shape.c),
                      .out_height = u32(y.shape.h),
                      .out_width = u32(y.shape.w),
                      .tiles_y = tiles_y,
                      .tiles_x = tiles_x,
                      .pad_top = static_cast<int32_t>(g.y.pad_before),
                      .pad_left = static_cast<int32_t>(g.x.pad_before),
                      .lanes = grid.lanes,
                      .tiles_per_part = grid.rows_per_part,
                      .first_partial = tiles.first_partial,
                      .given_activation = kind(depthwise.epilogue.activation)},
             .groups = grid.groups,
             .flops = depthwise_flops(y.shape, weights, tiles.images.count)});
    };
    lower_stored_tiles(lowering, lowering.windows(x.shape.n, {x.image_bytes(), y.image_bytes()}),
                       int64_t{tiles_y} * tiles_x, gather_statistics(lowering, depthwise.epilogue.statistics),
                       dispatch);
}

}  // namespace vkm::graph::ops
