#include <graph/kernels/sum_parts.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <bit>

namespace vkm::graph {
namespace {

constexpr int64_t sum_quad_bytes = 16;
constexpr uint32_t most_strands = 32, parts_a_strand = 8;
constexpr uint32_t loads_in_flight = 8;  // loads that wait for none of each other

/// A row of the kernel's table.
struct SumRow {
    uint32_t first_workgroup, first_partial, first_total, quads;
    uint32_t parts, strands, unused[2];
};

uint32_t strands_of(int64_t parts, const KernelDefaults& kernels) {
    if (!kernels.column_tree) return 1;
    return std::min({std::bit_ceil(divide_up(parts, parts_a_strand)), most_strands, kernels.workgroup});
}

Region whole_span(const std::vector<DeferredSums::Sum>& sums, Region DeferredSums::Sum::*member) {
    Region span = sums.front().*member;
    for (const DeferredSums::Sum& sum : sums) {
        const Region& region = sum.*member;
        const int64_t end = std::max(span.offset + span.bytes, region.offset + region.bytes);
        span.offset = std::min(span.offset, region.offset);
        span.bytes = end - span.offset;
    }
    return span;
}

}  // namespace

void lower_sum_parts(Lowering& lowering, const std::vector<DeferredSums::Sum>& sums) {
    const KernelDefaults& kernels = lowering.plan().kernels;
    const Region partials = whole_span(sums, &DeferredSums::Sum::partials);
    const Region totals = whole_span(sums, &DeferredSums::Sum::total);
    std::vector<SumRow> rows;
    uint32_t workgroups = 0;
    for (const DeferredSums::Sum& sum : sums) {
        const uint32_t quads = u32(sum.total.bytes / sum_quad_bytes),
                       strands = strands_of(sum.parts, kernels);
        rows.push_back({.first_workgroup = workgroups,
                        .first_partial = u32((sum.partials.offset - partials.offset) / sum_quad_bytes),
                        .first_total = u32((sum.total.offset - totals.offset) / sum_quad_bytes),
                        .quads = quads,
                        .parts = u32(sum.parts),
                        .strands = strands,
                        .unused = {}});
        workgroups += divide_up(quads, kernels.workgroup / strands);
    }
    lowering.dispatch<shaders::SumParts>(
        {.constants = {.workgroup = kernels.workgroup, .unrolled = kernels.column_tree ? loads_in_flight : 1},
         .bindings = {.partial = partials,
                      .y = totals,
                      .sums = lowering.table(std::as_bytes(std::span(rows)), "sums")},
         .push = {.count = u32(std::ssize(rows)), .workgroups = workgroups},
         .groups = fold_workgroups(workgroups, lowering.plan())});
}

int64_t most_parts(const KernelPlan& plan, int64_t bytes) {
    return std::max<int64_t>(1, static_cast<int64_t>(plan.device.window_bytes) / bytes);
}

}  // namespace vkm::graph
