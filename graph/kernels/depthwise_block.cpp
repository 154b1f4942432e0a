#include <graph/kernels/columns.h>
#include <graph/kernels/depthwise_block.h>
#include <graph/kernels/depthwise_costs.h>

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph {
namespace {

namespace cost = depthwise_cost;

double of_taps(const OutputTile& tile, const DepthwiseOutputs& of) {
    const auto taps = static_cast<double>(of.kernel * of.kernel);
    return taps * cost::weight + (taps * cost::multiply_add + cost::finish) * tile.x * tile.y;
}

int64_t inputs_along(int64_t outputs, const DepthwiseOutputs& of) {
    return (outputs - 1) * of.stride + of.kernel;
}

double inputs_of(int64_t outputs_x, int64_t outputs_y, const DepthwiseOutputs& of) {
    return static_cast<double>(inputs_along(outputs_x, of) * inputs_along(outputs_y, of));
}

int64_t blocks_of(const Shape& shape, int64_t width, int64_t height) {
    return int64_t{divide_up(shape.w, width)} * divide_up(shape.h, height);
}

// Returns the instructions that an invocation issues for an image's column, times invocations.
double unstaged_cost(const OutputTile& tile, const DepthwiseOutputs& of) {
    return static_cast<double>(blocks_of(of.shape, tile.x, tile.y)) *
           (inputs_of(tile.x, tile.y, of) * (cost::fetch + (of.normalised ? cost::normalise : 0)) +
            of_taps(tile, of));
}

// Returns which share of a block's inputs are no border of the image.
double share_inside(const DepthwiseBlock& block, const DepthwiseOutputs& of) {
    const auto along = [&](int64_t outputs, int64_t of_image) {
        const auto inputs = static_cast<double>(inputs_along(outputs, of));
        return std::min(inputs, static_cast<double>(of_image * of.stride)) / inputs;
    };
    return along(block.width(), of.shape.w) * along(block.height(), of.shape.h);
}

// Strands without a tile, and lanes without a column, wait for the others.
double staged_cost(const DepthwiseBlock& block, const DepthwiseOutputs& of, uint32_t workgroup) {
    const int64_t columns = of.shape.quads(), groups = divide_up(columns, block.lanes);
    const int64_t strands = workgroup / divide_up(columns, groups);
    const double staged =
                     std::ceil(inputs_of(block.width(), block.height(), of) / static_cast<double>(strands)),
                 turns = divide_up(int64_t{block.tiles_x} * block.tiles_y, strands);
    const double of_block =
        staged * (cost::fetch + cost::place +
                  share_inside(block, of) * (cost::stage + (of.normalised ? cost::normalise : 0))) +
        turns * (inputs_of(block.tile.x, block.tile.y, of) * cost::unstage + of_taps(block.tile, of));
    return static_cast<double>(blocks_of(of.shape, block.width(), block.height()) * groups) * workgroup *
           of_block / static_cast<double>(columns);
}

}  // namespace

std::string name_of(const DepthwiseBlock& block) {
    return fmt::format("{}x{} of {}, {} quads", block.width(), block.height(), name_of(block.tile),
                       block.lanes);
}

std::optional<DepthwiseBlock> depthwise_block(const KernelPlan& plan, const DepthwiseOutputs& of,
                                              const OutputTile& unstaged) {
    const uint32_t workgroup = plan.kernels.workgroup;
    const auto bytes = static_cast<double>(of.storage == Storage::f32 ? 16 : 8);
    constexpr uint32_t gathered_bytes = 36;  // an invocation: shaders/include/moments.glsl
    const uint64_t most_bytes =
        std::min<uint64_t>(plan.kernels.depthwise_staged_bytes,
                           plan.device.shared_memory_bytes -
                               std::min<uint64_t>(plan.device.shared_memory_bytes,
                                                  gathered_bytes * workgroup + arrival_shared_bytes));
    const auto usable = [&](const DepthwiseBlock& block) {
        const int64_t workgroups = of.shape.n * blocks_of(of.shape, block.width(), block.height()) *
                                   divide_up(of.shape.quads(), block.lanes);
        return block.tile.x * block.tile.y + 2 <= plan.kernels.accumulators &&
               workgroups >= plan.kernels.least_workgroups &&
               bytes * block.lanes * inputs_of(block.width(), block.height(), of) <=
                   static_cast<double>(most_bytes);
    };
    constexpr OutputTile tiles[] = {{7, 1}, {4, 1}, {4, 2}, {2, 2}};  // 7x2 spills on gfx1100
    return cheapest_block(tiles, of.shape, plan.kernels.depthwise_staged_share * unstaged_cost(unstaged, of),
                          usable,
                          [&](const DepthwiseBlock& block) { return staged_cost(block, of, workgroup); });
}

std::optional<DepthwiseBlock> cheapest_block(std::span<const OutputTile> tiles, const Shape& image,
                                             double least,
                                             const std::function<bool(const DepthwiseBlock&)>& usable,
                                             const std::function<double(const DepthwiseBlock&)>& cost) {
    constexpr uint32_t longest = 28;  // rows and columns
    std::optional<DepthwiseBlock> best;
    for (const OutputTile& tile : tiles)
        for (const uint32_t lanes : {4u, 8u, 16u})
            for (uint32_t x = 1; x <= divide_up(image.w, tile.x) && x * tile.x <= longest; ++x)
                for (uint32_t y = 1; y <= divide_up(image.h, tile.y) && y * tile.y <= longest; ++y) {
                    const DepthwiseBlock block{tile, lanes, x, y};
                    if (!usable(block)) continue;
                    const double instructions = cost(block);
                    if (instructions >= least) continue;
                    least = instructions;
                    best = block;
                }
    return best;
}

void lower_stored_blocks(Lowering& lowering, const std::vector<Window>& images, const DepthwiseBlock& block,
                         int64_t blocks_per_image, const std::optional<Gather>& gather,
                         const std::function<void(const StoredTiles&)>& dispatch) {
    const KernelPlan& plan = lowering.plan();
    const int64_t columns = lowering.output_type().shape.quads();
    if (!gather) {
        for (const Window& window : images)
            dispatch({window, block_grid(columns, block.lanes, window.count * blocks_per_image, plan), {}});
        return;
    }
    const ColumnReduction reduction =
        split_blocks(plan, images, columns, block.lanes, blocks_per_image, gather->partial_bytes,
                     stored_workgroups * plan.kernels.target_workgroups);
    lower_reduction(lowering, reduction, *gather, dispatch);
}

}  // namespace vkm::graph
