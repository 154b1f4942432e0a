#pragma once

#include <engine/snapshot.h>
#include <engine/vulkan.h>

namespace vkm::engine {

struct CapturedDevice {
    DeviceSnapshot snapshot;
    bool null_device = false;  ///< compiles and cannot run: RADV under RADV_FORCE_FAMILY
};

/// Queries everything a DeviceSnapshot holds. `instance_version` is the API version the instance was created
/// with: an older one hides what a newer device could tell. Throws VulkanError.
CapturedDevice capture(VkInstance, VkPhysicalDevice, uint32_t instance_version);

}  // namespace vkm::engine
