#pragma once

#include <graph/kernels/depthwise_block.h>
#include <graph/kernels/depthwise_tiles.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/depthwise.h>

namespace vkm::graph::ops {

/// Holds what a depthwise convolution computes: how its kernel slides, and what is fused with it.
struct FusedDepthwise {
    Depthwise slides;
    Epilogue epilogue;
    Prologue prologue;
};

/// Lowers it to a kernel whose every invocation loads what the outputs of its tile read (shaders/depthwise.comp).
void lower_depthwise(Lowering&, const FusedDepthwise&, const OutputTile&);
/// Lowers it to a kernel whose workgroups stage in shared memory what a block of tiles reads (shaders/depthwise_shared.comp).
void lower_depthwise(Lowering&, const FusedDepthwise&, const DepthwiseBlock&);

/// Returns a dispatch over some stored tiles with what the kernels of both ways have in common.
template <typename Kernel>
Lowering::Dispatch<Kernel> depthwise_dispatch(const Lowering& lowering, const FusedDepthwise& depthwise,
                                              const OutputTile& tile, const StoredTiles& stored) {
    const TensorType &x = lowering.input_type(0), &y = lowering.output_type();
    const Shape& weights = lowering.input_type(1).shape;
    const DepthwiseGeometry g = depthwise_geometry(depthwise.slides, x.shape, weights);
    Lowering::Dispatch<Kernel> d{.storage = x.storage(), .constants = {}, .bindings = {}, .push = {}};
    d.constants.workgroup = stored.grid.workgroup;
    d.constants.kernel = u32(weights.h);
    d.constants.stride = u32(depthwise.slides.stride);
    d.constants.tile_x = tile.x;
    d.constants.tile_y = tile.y;
    d.constants.bias = depthwise.epilogue.bias;
    d.constants.normalise = depthwise.prologue.normalise;
    d.constants.input_activation = kind(depthwise.prologue.activation);
    d.bindings.x = lowering.input_images(0, stored.images);
    d.bindings.w = lowering.input(1);
    d.bindings.y = lowering.output_images(stored.images);
    if (depthwise.epilogue.bias) d.bindings.bias = lowering.input(2 + depthwise.prologue.inputs());
    if (depthwise.prologue.normalise) d.bindings.normalisation = lowering.input(2);
    d.push.images = u32(stored.images.count);
    d.push.height = u32(x.shape.h);
    d.push.width = u32(x.shape.w);
    d.push.channels = u32(x.shape.c);
    d.push.out_height = u32(y.shape.h);
    d.push.out_width = u32(y.shape.w);
    d.push.pad_top = static_cast<int32_t>(g.y.pad_before);
    d.push.pad_left = static_cast<int32_t>(g.x.pad_before);
    d.push.lanes = stored.grid.lanes;
    d.push.first_partial = stored.first_partial;
    d.groups = stored.grid.groups;
    d.flops = depthwise_flops(y.shape, weights, stored.images.count);
    return d;
}

/// Dispatches the kernel that merges the statistics by arrival where that is how they are merged, and else the plain one.
/// `set` completes either's dispatch.
template <typename Merging, typename Plain>
void dispatch_depthwise(Lowering& lowering, const FusedDepthwise& depthwise, const OutputTile& tile,
                        const StoredTiles& stored, const auto& set) {
    if (stored.arrival) {
        auto merging = depthwise_dispatch<Merging>(lowering, depthwise, tile, stored);
        set(merging);
        dispatch_merging(lowering, *stored.arrival, merging);
        return;
    }
    auto plain = depthwise_dispatch<Plain>(lowering, depthwise, tile, stored);
    set(plain);
    plain.constants.statistics = depthwise.epilogue.statistics;
    plain.constants.tree = stored.grid.tree;
    plain.bindings.partial = stored.partial.value_or(Region{});
    lowering.dispatch(plain);
}

}  // namespace vkm::graph::ops
