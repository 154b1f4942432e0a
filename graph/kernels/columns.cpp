#include <graph/kernels/columns.h>
#include <graph/kernels/sum_parts.h>

#include <algorithm>
#include <utility>

namespace vkm::graph {
namespace {

constexpr int64_t unrolled = 8;            // rows a strand takes at a time
constexpr int64_t rowwise_workgroups = 4;  // per target_workgroups, of kernels without partial results
// Fewest turns of a strand of which it takes so many at a time: with few, whole ones would be far more or fewer parts.
constexpr int64_t many_turns = 32;
// Columns in a workgroup of the latter: few, so that many strands share few partial results.
constexpr uint32_t most_stored_lanes = 16;
// Fewest strands that share a column's partial results, and how many of these a strand takes.
constexpr int64_t merge_strands = 8, merge_rows = 16;
// Of sums over images: pixels a strand loads at a time, and the most turns it takes.
constexpr int64_t image_unrolled = 4, most_image_turns = 32;
constexpr int64_t half_quad_bytes = 8;     // a column's four values in fp16
constexpr int64_t fewest_image_lanes = 4;  // columns side by side: a sector of memory in fp16
constexpr uint32_t image_workgroup = 256;  // enough for most of MobileNets' layers: one pipeline for them
// Bytes in fp16 from which on a sum fills the device even by larger workgroups, which are a pipeline of their own.
constexpr int64_t much_to_read = 20'000'000;
constexpr uint32_t sum_bytes = 16;  // of shared memory, for each invocation

ColumnGrid cover(int64_t columns, const KernelPlan& plan, uint32_t most_lanes = 0) {
    ColumnGrid grid;
    // A software device runs a workgroup as a loop over its subgroups: a small one leaves fewer lanes idle,
    // and fewer strands mean fewer partial results.
    grid.workgroup =
        plan.kernels.column_tree ? plan.kernels.workgroup : std::max(plan.device.subgroup_size, 1u);
    const uint32_t lanes = most_lanes > 0 ? std::min(most_lanes, grid.workgroup) : grid.workgroup;
    grid.lanes = divide_up(columns, divide_up(columns, lanes));
    grid.strands = grid.workgroup / grid.lanes;
    grid.tree = plan.kernels.column_tree;
    return grid;
}

// Makes a part whole turns of all strands, so that no strand works longer than another. Of few turns, one more would leave
// a GPU much fewer parts than are wanted: there they are one less and parts a few more, up to `most`.
ColumnGrid split(ColumnGrid grid, int64_t columns, int64_t rows, int64_t target_parts, const KernelPlan& plan,
                 int64_t most = 0) {
    const int64_t target = std::max<int64_t>(1, target_parts);
    int64_t turns = divide_up(rows, target * grid.strands);
    const auto parts = [&](int64_t of_turns) { return int64_t{divide_up(rows, of_turns * grid.strands)}; };
    if (grid.tree && turns > 1 && 5 * parts(turns) < 4 * target && parts(turns - 1) <= most) --turns;
    if (turns > (grid.tree ? many_turns : unrolled)) turns = int64_t{divide_up(turns, unrolled)} * unrolled;
    grid.rows_per_part = static_cast<uint32_t>(turns * grid.strands);
    grid.parts = divide_up(rows, grid.rows_per_part);
    grid.groups = fold_workgroups(int64_t{divide_up(columns, grid.lanes)} * grid.parts, plan);
    return grid;
}

}  // namespace

// Cuts rows into parts within which blocks of columns follow each other. The first brings in a page's
// translation and neighbouring cache lines; the next ones find them there if the part is small.
ColumnGrid rowwise_grid(int64_t columns, int64_t rows, const KernelPlan& plan) {
    const ColumnGrid grid = cover(columns, plan);
    const int64_t target =
        plan.kernels.target_workgroups * (plan.kernels.column_tree ? rowwise_workgroups : 1);
    constexpr int64_t quad_bytes = 16;
    const auto part_bytes = static_cast<int64_t>(plan.kernels.part_bytes);
    const int64_t least = part_bytes == 0 ? 0 : columns * rows * quad_bytes / part_bytes;
    return split(grid, columns, rows, std::max(least, target / divide_up(columns, grid.lanes)), plan);
}

ColumnGrid invocation_grid(int64_t invocations, const KernelPlan& plan) {
    const uint32_t workgroup = plan.kernels.workgroup;
    return {.workgroup = workgroup, .groups = fold_workgroups(divide_up(invocations, workgroup), plan)};
}

ColumnGrid merge_grid(int64_t columns, int64_t rows, const KernelPlan& plan) {
    ColumnGrid grid = cover(columns, plan);
    if (grid.tree) {  // rather many strands that share the partial results than many columns
        const int64_t wanted = std::max(merge_strands, rows / merge_rows);
        grid.lanes =
            std::min(grid.lanes, static_cast<uint32_t>(std::max<int64_t>(grid.workgroup / wanted, 1)));
        grid.strands = grid.workgroup / grid.lanes;
    }
    return split(grid, columns, rows, 1, plan);
}

// Takes as many strands as fill the device. They leave few columns side by side: where that are too few to load whole
// lines of memory, the workgroup grows instead.
ColumnGrid image_grid(int64_t columns, int64_t images, int64_t pixels, const KernelPlan& plan) {
    const int64_t filling = int64_t{plan.kernels.target_workgroups} * plan.kernels.workgroup,
                  least = divide_up(pixels, image_unrolled * most_image_turns),
                  most = divide_up(pixels, image_unrolled);
    const int64_t fewest_lanes = std::min(columns, fewest_image_lanes);
    const bool much = images * columns * pixels * half_quad_bytes >= much_to_read;
    const int64_t wanted =
        std::min<int64_t>(divide_up(filling, images * columns), much ? most : image_workgroup / fewest_lanes);
    const int64_t strands = std::min(std::max(wanted, least), most);
    // Subgroups of 64 lanes share 256 registers a lane of a SIMD, of which a processor has four (GCN): those of 1,024
    // invocations would have 64 each, and what a lane has in flight takes more.
    const uint32_t largest = plan.device.subgroup_size > 32 ? 512 : plan.device.max_workgroup_invocations;
    const auto fits = [&](uint32_t workgroup) {
        return workgroup <= std::min(largest, plan.device.max_workgroup_invocations) &&
               workgroup * sum_bytes <= plan.device.shared_memory_bytes;
    };
    ColumnGrid grid{.workgroup = fits(image_workgroup) ? image_workgroup : plan.kernels.workgroup,
                    .parts = u32(images),
                    .tree = true};
    while (grid.workgroup < fewest_lanes * strands && fits(2 * grid.workgroup))
        grid.workgroup *= 2;
    const int64_t lanes = std::clamp<int64_t>(grid.workgroup / strands, fewest_lanes, grid.workgroup);
    grid.lanes = divide_up(columns, divide_up(columns, lanes));
    grid.strands = grid.workgroup / grid.lanes;
    grid.rows_per_part = u32(pixels);
    grid.groups = fold_workgroups(images * divide_up(columns, grid.lanes), plan);
    return grid;
}

ColumnGrid block_grid(int64_t columns, uint32_t lanes, int64_t blocks, const KernelPlan& plan) {
    ColumnGrid grid{
        .workgroup = plan.kernels.workgroup, .rows_per_part = 1, .parts = u32(blocks), .tree = true};
    grid.lanes = divide_up(columns, divide_up(columns, lanes));
    grid.strands = grid.workgroup / grid.lanes;
    grid.groups = fold_workgroups(int64_t{divide_up(columns, grid.lanes)} * blocks, plan);
    return grid;
}

Region ColumnReduction::partial_results(Lowering& lowering, const Region& result) const {
    return complete() ? result : lowering.scratch(partials * result.bytes, "partial");
}

namespace {

ColumnReduction reduce(const KernelPlan& plan, const ColumnGrid& grid, int64_t workgroups,
                       const std::vector<Window>& windows, int64_t columns, int64_t rows_per_image,
                       int64_t partial_bytes) {
    const auto share = static_cast<int64_t>(windows.size());
    const int64_t wanted = workgroups / divide_up(columns, grid.lanes) / share;
    const int64_t most = most_parts(plan, partial_bytes) / share / (grid.tree ? 1 : grid.strands);
    ColumnReduction reduction;
    for (const Window& window : windows) {
        const int64_t rows = window.count * rows_per_image;
        reduction.dispatches.push_back({window,
                                        split(grid, columns, rows, std::min(wanted, most), plan, most),
                                        static_cast<uint32_t>(reduction.partials)});
        reduction.partials += reduction.dispatches.back().grid.partials();
    }
    return reduction;
}

}  // namespace

ColumnReduction split_columns(const KernelPlan& plan, const std::vector<Window>& windows, int64_t columns,
                              int64_t rows_per_image, int64_t partial_bytes) {
    return reduce(plan, cover(columns, plan), plan.kernels.target_workgroups, windows, columns,
                  rows_per_image, partial_bytes);
}

ColumnReduction split_stored_columns(const KernelPlan& plan, const std::vector<Window>& windows,
                                     int64_t columns, int64_t rows_per_image, int64_t partial_bytes) {
    const int64_t workgroups =
        plan.kernels.target_workgroups * (plan.kernels.column_tree ? stored_workgroups : 1);
    return reduce(plan, cover(columns, plan, most_stored_lanes), workgroups, windows, columns, rows_per_image,
                  partial_bytes);
}

ColumnReduction split_blocks(const KernelPlan& plan, const std::vector<Window>& windows, int64_t columns,
                             uint32_t lanes, int64_t blocks_per_image, int64_t partial_bytes,
                             int64_t workgroups) {
    ColumnGrid grid = block_grid(columns, lanes, 1, plan);
    const uint32_t strands = std::exchange(grid.strands, 1);  // rows are no strand's own
    ColumnReduction reduction =
        reduce(plan, grid, workgroups, windows, columns, blocks_per_image, partial_bytes);
    for (ColumnReduction::Dispatch& dispatch : reduction.dispatches)
        dispatch.grid.strands = strands;
    return reduction;
}

}  // namespace vkm::graph
