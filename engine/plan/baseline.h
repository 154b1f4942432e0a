#pragma once

namespace vkm::engine {

struct DeviceSnapshot;

/// Checks what every device must have (docs/architecture.md): Vulkan 1.1, a queue that computes, and a few
/// limits, most of which Vulkan guarantees.
/// Throws UnsupportedDevice with device, limit, its value and the value required.
void check_baseline(const DeviceSnapshot&);

}  // namespace vkm::engine
