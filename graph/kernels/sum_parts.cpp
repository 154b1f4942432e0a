#include <graph/kernels/sum_parts.h>
#include <shaders/catalog.h>

#include <algorithm>

namespace vkm::graph {

void lower_sum_parts(Lowering& lowering, const Region& partials, int64_t parts, const Region& out) {
    const uint32_t workgroup = lowering.plan().kernels.workgroup;
    struct {
        uint32_t quads, parts;
    } push{static_cast<uint32_t>(out.bytes / 16), static_cast<uint32_t>(parts)};
    lowering.dispatch({shaders::sum_parts, Storage::f32, {workgroup}}, {partials, out}, push,
                      fold_workgroups(divide_up(push.quads, workgroup), lowering.plan()));
}

int64_t most_parts(const KernelPlan& plan, int64_t bytes) {
    return std::max<int64_t>(1, static_cast<int64_t>(plan.device.window_bytes) / bytes);
}

}  // namespace vkm::graph
