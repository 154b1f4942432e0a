#pragma once

#include <graph/host_tensor.h>
#include <graph/metric_record.h>
#include <graph/operator.h>

namespace vkm::graph::ops {

// Here is dynamic loss scaling on the device. Gradients that fp16 would round to zero survive because the
// loss's gradient is multiplied by a power of two, as large as fp16 bears. softmax_cross_entropy
// multiplies; update_loss_scale looks for overflows and adapts the scale; the optimizer divides, or skips
// the step. The numbers are those of PyTorch's GradScaler, except for bounds, which it does not know: here
// the scale stays within 1 and 2^24. A step that overflows at the lowest scale reports it: then only the
// network itself can be wrong.

/// The exponent of the scale when a run begins: 2^16.
constexpr int initial_loss_scale_exponent = 16;

struct LossScale {
    int growth_interval = 2000;  ///< steps without overflow that double the scale; each overflow halves it
    int lowest_exponent = 0, highest_exponent = 24;
};

/// Returns i32 {1, 1, 1, 4}: exponent of the scale above the initial one, steps without overflow since it
/// changed, steps skipped in all, 0. A run begins with zeros.
TensorType loss_scale_type();

/// Returns the graph's loss scale (Role::loss_scale), made on first use.
ValueId loss_scale(Graph&);

/// Returns the scale that a state stands for.
double loss_scale_of(const HostTensor& state);

/// Says what became of a step.
struct LossScaleVerdict {
    /// What the optimizer multiplies gradients by: 1 / scale, or 0 where they are not finite: no update.
    float gradient_factor = 1;
    float scale = 1;          ///< of this step
    float skipped_steps = 0;  ///< in all, this one included
    float exhausted = 0;      ///< 1 where this step overflowed at the lowest scale
};

/// Updates the loss scale for the next step. Inputs: gradients (fp32: all of them, scaled, and summed over
/// the replicas), the loss scale. Output: LossScaleVerdict.
std::shared_ptr<const Operator> update_loss_scale(const LossScale& = {});

}  // namespace vkm::graph::ops
