#pragma once

#include <base/random.h>

namespace vkm::train {

/// Draws from Beta(alpha, alpha), alpha > 0.
double draw_beta(Random&, double alpha);

}  // namespace vkm::train
