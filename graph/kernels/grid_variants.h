#pragma once

#include <graph/lower/lowering.h>

namespace vkm::graph {

/// The device's plan with the grid that suits a node best (Lowering::choose): for the functions of columns.h
/// and split_rows.h, and for kernels of independent invocations. Everything but the grid is the device's.

/// Kernels of independent invocations: workgroup sizes.
engine::DevicePlan plan_of_invocations(Lowering&);
uint32_t choose_workgroup(Lowering&);  ///< its workgroup
/// Kernels that write every row: workgroup sizes and the number and span of parts.
engine::DevicePlan plan_of_rows(Lowering&);
/// Column reductions: workgroup sizes, how strands are added up, and the number of parts.
engine::DevicePlan plan_of_reduction(Lowering&);
/// Sums split into parts by split_rows.h: their number.
engine::DevicePlan plan_of_parts(Lowering&);

/// What they choose among, the default first.
std::vector<Variant<engine::KernelDefaults>> invocation_variants(const engine::DevicePlan&);
std::vector<Variant<engine::KernelDefaults>> row_variants(const engine::DevicePlan&);
std::vector<Variant<engine::KernelDefaults>> reduction_variants(const engine::DevicePlan&);
std::vector<Variant<engine::KernelDefaults>> part_variants(const engine::DevicePlan&);

}  // namespace vkm::graph
