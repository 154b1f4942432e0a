#include <graph/kernels/update_factor.h>
#include <shaders/catalog.h>

namespace vkm::graph {

Region update_factor(Lowering& lowering, const UpdateGuard& guard) {
    const Region factors = lowering.scratch(16, "factors");
    lowering.dispatch<shaders::UpdateFactor>(
        {.constants = {.workgroup = 1, .guarded = guard.guarded, .scaled = guard.scaled},
         .bindings = {.factors = factors, .guard = guard.loss, .unscale = guard.verdict},
         .push = {},
         .groups = {1, 1, 1}});
    return factors;
}

}  // namespace vkm::graph
