#pragma once

#include <graph/operator.h>

namespace vkm::graph::ops {

struct DropPath {
    double probability = 0;
    uint32_t layer = 0;  ///< of the random numbers
};

/// Drops whole samples at random (stochastic depth): y = x / (1 - p) with probability 1 - p, else 0, alike for
/// all elements of a sample. Random numbers are keyed as dropout's are, by seed, step, layer and the sample's
/// position in the global batch. Inputs: x, step_params.
std::shared_ptr<const Operator> drop_path(const DropPath&);

}  // namespace vkm::graph::ops
