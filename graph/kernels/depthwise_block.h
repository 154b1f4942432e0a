#pragma once

#include <graph/kernels/depthwise_tiles.h>
#include <graph/kernels/gather.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vkm::graph {

/// Says what a workgroup of shaders/depthwise_shared.comp computes at a time: tiles_x by tiles_y tiles of a channel quad
/// for each of at most `lanes` neighbouring quads, from inputs that it stages in shared memory.
struct DepthwiseBlock {
    OutputTile tile{};
    uint32_t lanes = 0, tiles_x = 0, tiles_y = 0;

    int64_t width() const { return int64_t{tiles_x} * tile.x; }
    int64_t height() const { return int64_t{tiles_y} * tile.y; }
    bool operator==(const DepthwiseBlock&) const = default;
};

/// Returns "14x14 of 7x2, 8 quads": its name in a tuning.
std::string name_of(const DepthwiseBlock&);

/// Holds what blocks follow from: the shape of the outputs, how the kernel slides, and what is staged.
struct DepthwiseOutputs {
    Shape shape;
    int64_t kernel = 3, stride = 1;
    Storage storage = Storage::f32;
    bool normalised = false;  ///< inputs are computed as they are loaded
};

/// Returns the block with which the outputs should take fewest instructions, where that are fewer than without shared
/// memory (OutputTile, an invocation each), and where a device's plan stages at all and there is enough for it to do.
std::optional<DepthwiseBlock> depthwise_block(const KernelPlan&, const DepthwiseOutputs&,
                                              const OutputTile& unstaged);

/// Returns of all blocks of such tiles, over images of this shape, the usable one of least cost; nothing where none costs less
/// than `least`.
std::optional<DepthwiseBlock> cheapest_block(std::span<const OutputTile>, const Shape& image, double least,
                                             const std::function<bool(const DepthwiseBlock&)>& usable,
                                             const std::function<double(const DepthwiseBlock&)>& cost);

/// Lowers a kernel that stores output 0 block by block; lower_stored_tiles of gather.h is for tile by tile. The parts of
/// the grid count blocks.
void lower_stored_blocks(Lowering&, const std::vector<Window>& images, const DepthwiseBlock&,
                         int64_t blocks_per_image, const std::optional<Gather>&,
                         const std::function<void(const StoredTiles&)>& dispatch);

}  // namespace vkm::graph
