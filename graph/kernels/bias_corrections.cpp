#include <graph/kernels/bias_corrections.h>
#include <shaders/catalog.h>

namespace vkm::graph {

Region bias_corrections(Lowering& lowering, const Region& updates, const UpdateGuard& guard, double beta1,
                        double beta2) {
    const Region corrections = lowering.scratch(16, "corrections");
    lowering.dispatch<shaders::BiasCorrections>(
        {.constants = {.workgroup = 1, .guarded = guard.guarded, .scaled = guard.scaled},
         .bindings =
             {.updates = updates, .corrections = corrections, .guard = guard.loss, .unscale = guard.verdict},
         .push = {.one_minus_beta1 = static_cast<float>(1 - beta1),
                  .one_minus_beta2 = static_cast<float>(1 - beta2)},
         .groups = {1, 1, 1}});
    return corrections;
}

}  // namespace vkm::graph
