// What changes from step to step, written by the host before each (graph/step_params.h has the same layout).
// Kernels read it from a buffer, so that a recorded command list stays valid.
// The includer defines STEP_PARAMS_BINDING.
#ifndef VKM_STEP_PARAMS_GLSL
#define VKM_STEP_PARAMS_GLSL

layout(set = 0, binding = STEP_PARAMS_BINDING, std430) restrict readonly buffer StepParams {
    float learning_rate;
    uint step;
    uint epoch;
    uint seed_low, seed_high;
    uint first_sample;  // this device's first sample: its position in the global batch (augment: in the epoch)
    uint micro_batch;         // of the step's batches: which one
    float micro_batch_share;  // one over how many there are
    uint reserved[8];
} step_params;

#endif
