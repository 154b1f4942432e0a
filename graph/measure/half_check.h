#pragma once

#include <graph/measure/kernel_check.h>

#include <vector>

namespace vkm::graph {

/// Returns numbers whose rounding to binary16 is easily wrong: halfway between two halves, the nearest to that on
/// either side, and what just does and does not overflow; normal and subnormal ones of both signs.
std::vector<float> hard_to_round();

/// Stores hard_to_round() as fp16 on a device and compares every bit with rounding to the nearest, ties to even. A
/// driver that rounds towards zero has a bias, which no tolerance shows.
KernelCheck check_half_stores(PlannedDevice&);

}  // namespace vkm::graph
