#pragma once

#include <engine/vulkan/vulkan.h>

#include <string_view>

namespace vkm::engine {

/// Returns "VK_ERROR_DEVICE_LOST", or the number of a result that these headers do not know.
std::string result_name(VkResult);

/// Throws the typed error of a failed call: OutOfDeviceMemory, DeviceLost, DeviceTimeout or VulkanError.
/// The message is "<device>: <operation>: <result>; <what to do>".
/// VK_INCOMPLETE counts as success, VK_TIMEOUT as failure.
void check(VkResult, std::string_view device, std::string_view operation);

}  // namespace vkm::engine
