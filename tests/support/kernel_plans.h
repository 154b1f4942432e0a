#pragma once

#include <graph/kernel_plan.h>

#include "support/devices.h"

namespace vkm::graph {

/// Returns the kernel plan of a device, captured or altered, without Vulkan.
inline KernelPlan plan_of(const engine::DeviceSnapshot& device, const KernelOptions& options = {}) {
    return plan_kernels(device, engine::plan_device(device, engine::known_quirks()), options);
}

/// Returns that of a captured device, by its name in tests/data/devices.
inline KernelPlan plan_of_captured(const std::string& device, const KernelOptions& options = {}) {
    return plan_of(engine::captured_device(device), options);
}

}  // namespace vkm::graph
