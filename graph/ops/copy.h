#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Copies: y = x, in memory of its own.
std::shared_ptr<const Operator> copy();

}  // namespace vkm::graph::ops
