#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

/// Drops at random: y = x / (1 - p) with probability 1 - p, else 0. Random numbers come from a counter
/// (Philox4x32-10, Salmon et al. 2011), keyed by seed, step, `layer`, the sample's position in the global
/// batch and the element. Inputs: x, step_params.
std::shared_ptr<const Operator> dropout(double probability, uint32_t layer);

}  // namespace vkm::graph::ops
