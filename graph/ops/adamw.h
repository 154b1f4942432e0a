#pragma once

#include <graph/optimizer.h>

namespace vkm::graph::ops {

struct Adam {
    double beta1 = 0.9, beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;
};

struct AdamW {
    double beta1 = 0.9, beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0.01;
};

/// Returns torch.optim.AdamW with lr from step_params. t counts the updates made, without those that
/// mixed precision skipped.
///   m += (1 - beta1) (g - m);  v = beta2 v + (1 - beta2) g^2
///   p -= lr wd p + lr m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
/// Slots: exp_avg (m), exp_avg_sq (v), updates (t).
std::shared_ptr<const Optimizer> adamw(const AdamW&, ParameterRanges = {});

/// Returns torch.optim.Adam: the same, but the weight decay is part of the gradient.
///   g += wd p, and p -= lr m / …
std::shared_ptr<const Optimizer> adam(const Adam&, ParameterRanges = {});

}  // namespace vkm::graph::ops
