#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vkm::train {

/// Returns the order in which an epoch visits the samples 0 .. size - 1: as they are, or a permutation that
/// depends on (seed, epoch) only. size < 2^32.
std::vector<uint32_t> epoch_order(size_t size, bool shuffle, uint64_t seed, uint64_t epoch);

}  // namespace vkm::train
