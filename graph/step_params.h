#pragma once

#include <cstdint>

namespace vkm::graph {

/// Holds what changes from step to step, as kernels read it (the layout of shaders/include/step_params.glsl).
struct StepParams {
    float learning_rate = 0;
    uint32_t step = 0;
    uint32_t epoch = 0;
    uint32_t seed_low = 0;
    uint32_t seed_high = 0;
    uint32_t first_sample = 0;    ///< position in the global batch of this device's first sample
    uint32_t micro_batch = 0;     ///< of this step's batches: which one
    float micro_batch_share = 1;  ///< one over how many there are
    uint32_t reserved[8] = {};
};
static_assert(sizeof(StepParams) == 64);

}  // namespace vkm::graph
