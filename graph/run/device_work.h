#pragma once

#include <cstdint>

namespace vkm::graph {

/// Counts what a device has done, as its host thread sees it.
struct DeviceWork {
    uint64_t steps = 0;
    double seconds = 0;  ///< that they took, without waiting for other devices or for steps to make
};

}  // namespace vkm::graph
