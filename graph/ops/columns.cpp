#include <graph/ops/columns.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Rows a strand takes at a time (the unrolled loads of the kernels).
constexpr uint32_t chunk = 8;
// How many workgroups per target_workgroups kernels without partial results start.
constexpr int64_t rowwise_workgroups = 16;

ColumnGrid cover(int64_t columns, const engine::DevicePlan& plan) {
    ColumnGrid grid;
    // A software device runs a workgroup as a loop over its subgroups: a small one leaves fewer lanes idle,
    // and fewer strands mean fewer partial results.
    grid.workgroup = !plan.kernels.column_tree ? std::max(plan.subgroup_size, 1u) : plan.kernels.workgroup;
    grid.lanes = divide_up(columns, divide_up(columns, grid.workgroup));
    grid.strands = grid.workgroup / grid.lanes;
    grid.tree = plan.kernels.column_tree;
    return grid;
}

ColumnGrid split(ColumnGrid grid, int64_t columns, int64_t rows, int64_t target_workgroups) {
    const int64_t blocks = divide_up(columns, grid.lanes);
    const int64_t target = std::max<int64_t>(1, target_workgroups / blocks);
    const int64_t unit = int64_t{grid.strands} * chunk;
    grid.rows_per_part = static_cast<uint32_t>(divide_up(divide_up(rows, target), unit) * unit);
    grid.parts = divide_up(rows, grid.rows_per_part);
    grid.workgroups = blocks * grid.parts;
    return grid;
}

}  // namespace

ColumnGrid reduction_grid(int64_t columns, int64_t rows, const engine::DevicePlan& plan,
                          int64_t most_partials) {
    ColumnGrid grid = cover(columns, plan);
    const int64_t blocks = divide_up(columns, grid.lanes);
    const int64_t most_parts = std::max<int64_t>(1, most_partials / (grid.tree ? 1 : grid.strands));
    return split(grid, columns, rows, std::min<int64_t>(plan.kernels.target_workgroups, most_parts * blocks));
}

ColumnGrid rowwise_grid(int64_t columns, int64_t rows, const engine::DevicePlan& plan) {
    return split(cover(columns, plan), columns, rows,
                 plan.kernels.target_workgroups * (!plan.kernels.column_tree ? 1 : rowwise_workgroups));
}

ColumnGrid merge_grid(int64_t columns, int64_t rows, const engine::DevicePlan& plan) {
    ColumnGrid grid = cover(columns, plan);
    if (grid.tree) {  // rather many strands that share the rows than many columns
        grid.lanes = std::min<uint32_t>(grid.lanes, std::max(grid.workgroup / chunk, 1u));
        grid.strands = grid.workgroup / grid.lanes;
    }
    grid.rows_per_part = static_cast<uint32_t>(rows);
    grid.parts = 1;
    grid.workgroups = divide_up(columns, grid.lanes);
    return grid;
}

}  // namespace vkm::graph
