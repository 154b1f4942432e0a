#pragma once

#include <graph/metric_record.h>
#include <graph/operator.h>
#include <graph/parameter_ranges.h>

namespace vkm::graph::ops {

// Here is what keeps gradients small. All of it is of the whole gradients, summed over the replicas and, in
// mixed precision, without the loss scale; every device computes the same bits. A verdict is what an optimizer
// takes (graph/optimizer.h).

/// Says what gradients are multiplied by so that their norm is bounded. It takes the place of the verdict.
struct GradientNorm {
    float gradient_factor = 1;  ///< the verdict's, times the share; NaN where the norm is not finite
    float norm = 0;             ///< of all gradients together
    float share = 1;            ///< of it that is kept: min(1, most / (norm + 1e-6))
    float unused = 0;
};

/// Returns torch.nn.utils.clip_grad_norm_, whose factor the optimizer applies. Inputs: gradients, and the verdict
/// where there is one. Output: GradientNorm.
std::shared_ptr<const Operator> clip_gradient_norm(double most);

/// Returns torch.nn.utils.clip_grad_value_: every gradient within [-most, most]. Inputs: gradients, which it
/// updates, and the verdict where there is one.
std::shared_ptr<const Operator> clip_gradient_values(double most);

struct AdaptiveClipping {
    double factor = 0.01;
    double epsilon = 1e-3;
};

/// Returns timm's adaptive_clip_grad ("High-Performance Large-Scale Image Recognition Without Normalization",
/// Brock et al. 2021): the gradient of an output unit is at most factor max(|w|, epsilon) long, w being the
/// unit's weights; a vector is one unit. Only the ranges given are clipped. Inputs: gradients, which it updates,
/// parameters, and the verdict where there is one.
std::shared_ptr<const Operator> clip_gradients_adaptively(const AdaptiveClipping&, ParameterRanges);

}  // namespace vkm::graph::ops
