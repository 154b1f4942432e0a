#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct Sgd {
    double momentum = 0.9;
    bool nesterov = false;
    double weight_decay = 0;
};

/// torch.optim.SGD over whole flat buffers: g += wd p; v = mu v + g; p -= lr (nesterov ? g + mu v : v), with lr from
/// step_params. Inputs: parameters, gradients, momenta, step_params; updates parameters and momenta. No output.
std::shared_ptr<const Operator> sgd(const Sgd&);

}  // namespace vkm::graph::ops
