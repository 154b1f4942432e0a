#pragma once

#include <engine/vulkan/device.h>
#include <engine/vulkan/instance_handle.h>

namespace vkm::engine {

struct Instance::Impl {
    std::shared_ptr<InstanceHandle> handle;
    std::vector<VkPhysicalDevice> physical;
    std::vector<DeviceSnapshot> snapshots;
    std::vector<bool> null_device;

    std::unique_ptr<Device> open(uint32_t index, DevicePlan) const;
    /// Returns a device's snapshot. Throws NoDevice.
    const DeviceSnapshot& at(uint32_t index) const;
    static NoDevice no_device();
};

}  // namespace vkm::engine
