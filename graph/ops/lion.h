#pragma once

#include <graph/optimizer.h>

namespace vkm::graph::ops {

struct Lion {
    double beta1 = 0.9, beta2 = 0.99;
    double weight_decay = 0;
};

/// Returns Lion ("Symbolic Discovery of Optimization Algorithms", Chen et al. 2023) as timm has it, with lr
/// from step_params.
///   u = beta1 m + (1 - beta1) g;  p -= lr wd p + lr sign(u);  m = beta2 m + (1 - beta2) g
/// Slots: exp_avg (m).
std::shared_ptr<const Optimizer> lion(const Lion&, ParameterRanges = {});

}  // namespace vkm::graph::ops
