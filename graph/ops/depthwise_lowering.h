#pragma once

#include <graph/kernels/depthwise_block.h>
#include <graph/kernels/depthwise_tiles.h>
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

}  // namespace vkm::graph::ops
