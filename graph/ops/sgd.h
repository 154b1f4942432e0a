#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct Sgd {
    double momentum = 0.9;
    bool nesterov = false;
    double weight_decay = 0;
};

/// torch.optim.SGD over whole flat buffers: g += wd p; v = mu v + g; p -= lr (nesterov ? g + mu v : v), with
/// lr from step_params. Inputs: parameters, gradients, momenta, step_params, and optionally the loss (its
/// first element): where that is not finite nothing is updated, so that what went wrong can be looked at.
/// After the loss, in mixed precision, what update_loss_scale says: its first element multiplies the
/// gradients, and where it is zero nothing is updated. Updates parameters and momenta; no output.
std::shared_ptr<const Operator> sgd(const Sgd&);

}  // namespace vkm::graph::ops
