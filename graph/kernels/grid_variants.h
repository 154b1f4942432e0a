#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// The device's plan with the grid that suits a node best (Lowering::choose): for the functions of columns.h
/// and split_rows.h, and for kernels of independent invocations. Everything but the grid is the device's.

/// Kernels of independent invocations: workgroup sizes.
KernelPlan plan_of_invocations(Lowering&);
uint32_t choose_workgroup(Lowering&);  ///< its workgroup
/// Kernels that write every row: workgroup sizes and the number and span of parts.
KernelPlan plan_of_rows(Lowering&);
/// Column reductions: workgroup sizes, how strands are added up, and the number of parts.
KernelPlan plan_of_reduction(Lowering&);
/// Sums split into parts by split_rows.h: their number.
KernelPlan plan_of_parts(Lowering&);

/// What they choose among, the default first.
std::vector<Variant<KernelDefaults>> invocation_variants(const KernelPlan&);
std::vector<Variant<KernelDefaults>> row_variants(const KernelPlan&);
std::vector<Variant<KernelDefaults>> reduction_variants(const KernelPlan&);
std::vector<Variant<KernelDefaults>> part_variants(const KernelPlan&);

}  // namespace vkm::graph
