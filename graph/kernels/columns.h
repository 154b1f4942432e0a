#pragma once

#include <graph/kernel_plan.h>
#include <graph/lower/lowering.h>

namespace vkm::graph {

/// Says how a kernel of shaders/include/columns.glsl lays its workgroups over columns and rows.
struct ColumnGrid {
    uint32_t workgroup = 0;  ///< invocations
    uint32_t lanes = 0;      ///< columns a workgroup covers
    uint32_t strands = 0;    ///< invocations that share a column
    uint32_t rows_per_part = 0;
    uint32_t parts = 0;
    bool tree = false;  ///< the strands of a part are added up in the workgroup
    std::array<uint32_t, 3> groups{1, 1, 1};

    /// Returns how many partial results a reduction over this grid writes.
    int64_t partials() const { return tree ? parts : int64_t{parts} * strands; }
};

/// Returns a grid for kernels that write every row. Parts are as long as still fill the device, since what a
/// column needs is read once a part.
ColumnGrid rowwise_grid(int64_t columns, int64_t rows, const KernelPlan&);

/// Returns a grid for kernels that know no columns: an invocation each.
ColumnGrid invocation_grid(int64_t invocations, const KernelPlan&);

/// Returns a grid for merging `rows` partial results in one part.
ColumnGrid merge_grid(int64_t columns, int64_t rows, const KernelPlan&);

/// Returns a grid for sums over the `pixels` rows of each of `images` images: a part is an image, so that a sum needs
/// no second kernel. Strands follow from the processors, and no strand takes many turns one after the other. For
/// kernels whose strands are added up in the workgroup (KernelDefaults::column_tree).
ColumnGrid image_grid(int64_t columns, int64_t images, int64_t pixels, const KernelPlan&);

/// Describes a reduction over the rows of a tensor, window by window, into partial results
/// numbered across all windows.
struct ColumnReduction {
    struct Dispatch {
        Window images;
        ColumnGrid grid;
        uint32_t first_partial = 0;
    };
    std::vector<Dispatch> dispatches;
    int64_t partials = 0;

    /// Returns whether a single partial result is the result: nothing is left to merge.
    bool complete() const { return partials == 1; }
    /// Returns where the kernel writes: scratch memory, or `result` itself where that completes it.
    Region partial_results(Lowering&, const Region& result) const;
};

/// Splits a reduction into about KernelPlan's target_workgroups workgroups over all windows of images, with
/// no more partial results of `partial_bytes` than one binding may span. `rows_per_image` may count whatever
/// the kernel takes for rows (tiles).
ColumnReduction split_columns(const KernelPlan&, const std::vector<Window>&, int64_t columns,
                              int64_t rows_per_image, int64_t partial_bytes);

/// Does the same for a kernel that computes and stores what it reduces, and needs more workgroups for that.
ColumnReduction split_stored_columns(const KernelPlan&, const std::vector<Window>&, int64_t columns,
                                     int64_t rows_per_image, int64_t partial_bytes);

/// Says how many times target_workgroups kernels have that compute and store what they reduce.
constexpr int64_t stored_workgroups = 2;

/// Does the same for a kernel whose strands share each of `blocks_per_image` blocks, and so for rows that are blocks.
/// Workgroups have at most `lanes` columns, and there are about so many of them.
ColumnReduction split_blocks(const KernelPlan&, const std::vector<Window>&, int64_t columns, uint32_t lanes,
                             int64_t blocks_per_image, int64_t partial_bytes, int64_t workgroups);
/// Returns the grid of such a kernel that reduces nothing: a workgroup has one block.
ColumnGrid block_grid(int64_t columns, uint32_t lanes, int64_t blocks, const KernelPlan&);

}  // namespace vkm::graph
