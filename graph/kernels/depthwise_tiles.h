#pragma once

#include <graph/lower/lowering.h>
#include <graph/ops/depthwise.h>

#include <string>
#include <vector>

namespace vkm::graph {

/// Here is which outputs an invocation of a depthwise kernel works on, forward and in both gradients.

/// Says what an invocation computes at a time: its outputs, or in a weight gradient the outputs it reads. It
/// covers all taps of the kernel, or only those of one kernel row.
struct OutputTile {
    uint32_t x, y;
    bool by_kernel_rows = false;
};

/// Returns "4x2": its name in a tuning.
std::string name_of(const OutputTile&);

/// Returns the device's tile, or the one it prefers here: where a tile reads few columns, or skips some.
OutputTile tile_of(const KernelDefaults&, DepthwiseTile preferred);
OutputTile tile_of(const KernelDefaults&, bool narrow);

/// Returns the tile of outputs that a weight gradient reads at a time. It covers all taps, or a kernel row's where all of
/// them together take more registers than a GPU can spare. A CPU's registers are memory anyway, and fewer loads win.
OutputTile weight_grad_tile(const KernelDefaults&, int64_t kernel, int64_t stride, const Shape& outputs);

/// Halves the tile until it reaches no further than the outputs.
OutputTile within(OutputTile, const Shape& outputs);

/// Halves the tile until there are enough workgroups for the device: few images leave it idle otherwise.
OutputTile filling(const KernelDefaults&, OutputTile, const Shape& output);

/// Returns the standard tile, then others of up to eight outputs; all of whole strides where `step` says so.
std::vector<Variant<OutputTile>> tiles_for(OutputTile standard, int64_t step = 1);

/// Says how the kernel slides over rows and columns.
struct DepthwiseGeometry {
    SlidingAxis y, x;
};
DepthwiseGeometry depthwise_geometry(const ops::Depthwise&, const Shape& input, const Shape& weights);

double depthwise_flops(const Shape& output, const Shape& weights, int64_t images);

}  // namespace vkm::graph
