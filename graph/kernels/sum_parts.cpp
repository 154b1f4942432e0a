#include <graph/kernels/sum_parts.h>
#include <shaders/catalog.h>

#include <algorithm>

namespace vkm::graph {

void lower_sum_parts(Lowering& lowering, const Region& partials, int64_t parts, const Region& out) {
    const uint32_t workgroup = lowering.plan().kernels.workgroup;
    const uint32_t quads = u32(out.bytes / 16);
    lowering.dispatch<shaders::SumParts>(
        {.constants = {.workgroup = workgroup},
         .bindings = {.partial = partials, .y = out},
         .push = {.quads = quads, .parts = u32(parts)},
         .groups = fold_workgroups(divide_up(quads, workgroup), lowering.plan())});
}

int64_t most_parts(const KernelPlan& plan, int64_t bytes) {
    return std::max<int64_t>(1, static_cast<int64_t>(plan.device.window_bytes) / bytes);
}

}  // namespace vkm::graph
