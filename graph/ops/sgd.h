#pragma once

#include <graph/optimizer.h>

namespace vkm::graph::ops {

struct Sgd {
    double momentum = 0.9;
    bool nesterov = false;
    double weight_decay = 0;
};

/// Returns torch.optim.SGD with lr from step_params.
///   g += wd p;  v = mu v + g;  p -= lr (nesterov ? g + mu v : v)
/// Slots: momentum (v).
std::shared_ptr<const Optimizer> sgd(const Sgd&, ParameterRanges = {});

}  // namespace vkm::graph::ops
