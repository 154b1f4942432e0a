#pragma once

#include <engine/device_plan.h>
#include <graph/lowering.h>

namespace vkm::graph {

/// How a kernel of shaders/include/columns.glsl lays its workgroups over `columns` columns and a number of
/// rows.
struct ColumnGrid {
    uint32_t workgroup = 0;  ///< invocations
    uint32_t lanes = 0;      ///< columns a workgroup covers
    uint32_t strands = 0;    ///< invocations that share a column
    uint32_t rows_per_part = 0;
    uint32_t parts = 0;
    int64_t workgroups = 0;
    bool tree = false;  ///< the strands of a part are added up in the workgroup

    /// Partial results the kernel writes.
    int64_t partials() const { return tree ? parts : int64_t{parts} * strands; }
};

/// For reductions: about DevicePlan's target_workgroups workgroups, and no more partial results than
/// `most_partials`.
ColumnGrid reduction_grid(int64_t columns, int64_t rows, const engine::DevicePlan&, int64_t most_partials);

/// For kernels that write every row: parts as long as still fill the device, since what a column needs is
/// read once a part.
ColumnGrid rowwise_grid(int64_t columns, int64_t rows, const engine::DevicePlan&);

/// For merging `rows` partial results in one part.
ColumnGrid merge_grid(int64_t columns, int64_t rows, const engine::DevicePlan&);

}  // namespace vkm::graph
