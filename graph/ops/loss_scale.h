#pragma once

#include <graph/host_tensor.h>
#include <graph/metric_record.h>
#include <graph/operator.h>

namespace vkm::graph::ops {

// Dynamic loss scaling on the device. Gradients that fp16 would round to zero survive because the loss's
// gradient is multiplied by a power of two, as large as fp16 bears: softmax_cross_entropy multiplies,
// update_loss_scale looks for what overflowed and adapts the scale, the optimizer divides or skips the step.
// The numbers are those of PyTorch's GradScaler, which knows no bounds; here the scale stays within 1 and
// 2^24, and a step that overflows at the lowest one is said to (nothing but the network itself can be wrong).

/// What the scale is when a run begins: 2^16.
constexpr int initial_loss_scale_exponent = 16;

struct LossScale {
    int growth_interval = 2000;  ///< steps without overflow after which the scale doubles; halved at each one
    int lowest_exponent = 0, highest_exponent = 24;
};

/// i32 {1, 1, 1, 4}: exponent of the scale above the initial one, steps without overflow since it changed,
/// steps skipped in all, 0. Zeros are where a run begins.
TensorType loss_scale_type();

/// The graph's loss scale (Role::loss_scale), made on first use.
ValueId loss_scale(Graph&);

/// The scale a state stands for.
double loss_scale_of(const HostTensor& state);

/// What became of a step.
struct LossScaleVerdict {
    float gradient_factor = 1;  ///< the optimizer multiplies by it: 1 / scale; 0: not finite, no update
    float scale = 1;            ///< of this step
    float skipped_steps = 0;    ///< in all, this one included
    float exhausted = 0;        ///< 1 where this step overflowed at the lowest scale
};

/// Inputs: gradients (fp32: all of them, scaled, and summed over the replicas), the loss scale, which it
/// updates for the next step. Output: LossScaleVerdict.
std::shared_ptr<const Operator> update_loss_scale(const LossScale& = {});

}  // namespace vkm::graph::ops
