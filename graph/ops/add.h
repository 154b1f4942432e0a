#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct Add {};

/// y = a + b, of one shape: residual connections, and gradients that meet.
std::shared_ptr<const Operator> add();

}  // namespace vkm::graph::ops
