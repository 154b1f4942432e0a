#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// These functions return the device's plan with the grid that suits a node best (Lowering::choose): for the
/// functions of columns.h and split_rows.h, and for kernels of independent invocations. Everything but the
/// grid is the device's.

/// Chooses the workgroup's size, for kernels of independent invocations.
KernelPlan plan_of_invocations(Lowering&);
/// Returns the workgroup that plan_of_invocations chooses.
uint32_t choose_workgroup(Lowering&);
/// Chooses the workgroup's size and the number and span of parts, for kernels that write every row.
KernelPlan plan_of_rows(Lowering&);
/// Chooses the workgroup's size, how strands are added up, and the number of parts, for column reductions.
KernelPlan plan_of_reduction(Lowering&);
/// Chooses the number of parts, for sums split by split_rows.h and over images (image_grid).
KernelPlan plan_of_parts(Lowering&);

/// Return what those choose among, the default first.
std::vector<Variant<KernelDefaults>> invocation_variants(const KernelPlan&);
std::vector<Variant<KernelDefaults>> row_variants(const KernelPlan&);
std::vector<Variant<KernelDefaults>> reduction_variants(const KernelPlan&);
std::vector<Variant<KernelDefaults>> part_variants(const KernelPlan&);

}  // namespace vkm::graph
