#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vkm::train {

/// Returns the order in which an epoch visits the samples 0 .. size - 1: as they are, or a permutation that
/// depends on (seed, epoch) only. size < 2^32.
std::vector<uint32_t> epoch_order(size_t size, bool shuffle, uint64_t seed, uint64_t epoch);

/// Holds an epoch that goes through its samples in windows.
struct WindowedOrder {
    std::vector<uint32_t> visits;  ///< the order in which the epoch visits the samples
    std::vector<uint32_t> lying;   ///< the same windows in the same order, each as its samples lie
};

/// Cuts `lying`, a permutation of the samples, into windows of `window` samples, visits the windows in an order of
/// their own and the samples of each shuffled. Both depend on (seed, epoch) and the windows only. One window of all
/// samples is visited as epoch_order() has it, however they lie. window >= 1.
WindowedOrder windowed_epoch_order(std::span<const uint32_t> lying, size_t window, uint64_t seed,
                                   uint64_t epoch);

}  // namespace vkm::train
