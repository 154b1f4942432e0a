#pragma once

#include <engine/plan/snapshot.h>
#include <engine/vulkan/instance_handle.h>

namespace vkm::engine {

struct CapturedDevice {
    DeviceSnapshot snapshot;
    bool null_device = false;  ///< compiles and cannot run: RADV under RADV_FORCE_FAMILY
};

/// Queries everything a DeviceSnapshot holds. The API version the instance was created with bounds what a
/// device tells. Throws VulkanError.
CapturedDevice capture(const InstanceHandle&, VkPhysicalDevice);

}  // namespace vkm::engine
