#pragma once

#include <graph/optimizer.h>

namespace vkm::graph::ops {

struct RmsProp {
    double alpha = 0.99;
    double epsilon = 1e-8;
    double momentum = 0;
    bool centered = false;
    double weight_decay = 0;
};

/// Returns torch.optim.RMSprop with lr from step_params.
///   g += wd p;  s = alpha s + (1 - alpha) g^2;  a += (1 - alpha) (g - a) where centered, else a = 0
///   d = g / (sqrt(s - a^2) + epsilon);  b = momentum b + d;  p -= lr b
/// Slots: square_avg (s), grad_avg (a) where centered, momentum (b) where there is any.
std::shared_ptr<const Optimizer> rmsprop(const RmsProp&, ParameterRanges = {});

struct RmsPropTf {
    double alpha = 0.9;
    double epsilon = 1e-10;
    double momentum = 0;
    bool centered = false;
    double weight_decay = 0;
};

/// Returns TensorFlow's form, timm's RMSpropTF: s begins with 1, epsilon is inside the root, and the momentum
/// keeps steps.
///   b = momentum b + lr g / sqrt(s - a^2 + epsilon);  p -= b
std::shared_ptr<const Optimizer> rmsprop_tf(const RmsPropTf&, ParameterRanges = {});

}  // namespace vkm::graph::ops
