#include <engine/plan/planning.h>
#include <engine/plan/vulkan_ids.h>

namespace vkm::engine {

void decide_compilation(Planning& planning) {
    // llvmpipe keeps a kernel in its own form until a queue's thread needs its machine code: seen with Mesa 22.3 to 26.2.
    planning.plan.compiles_at_dispatch = planning.device.driver_id == driver::mesa_llvmpipe;
}

}  // namespace vkm::engine
