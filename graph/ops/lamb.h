#pragma once

#include <graph/optimizer.h>

namespace vkm::graph::ops {

struct Lamb {
    double beta1 = 0.9, beta2 = 0.999;
    double epsilon = 1e-6;
    double weight_decay = 0.01;
    double max_grad_norm = 1;  ///< of all gradients together; infinite: any
};

/// Returns LAMB ("Large Batch Optimization for Deep Learning", You et al. 2020) as timm has it, with lr from
/// step_params. Of all gradients together the norm is first brought down to max_grad_norm.
///   m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g^2
///   u = m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + epsilon) + wd p
///   p -= lr |p| / |u| u, with the norms of one parameter's tensor; where one of them is 0, or without weight
///   decay, p -= lr u
/// t counts the updates made. Slots: exp_avg (m), exp_avg_sq (v), updates (t). Needs the ranges.
std::shared_ptr<const Optimizer> lamb(const Lamb&, ParameterRanges);

}  // namespace vkm::graph::ops
