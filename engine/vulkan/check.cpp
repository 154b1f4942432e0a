#include <engine/error.h>
#include <engine/vulkan/check.h>

namespace vkm::engine {

std::string result_name(VkResult result) {
    switch (result) {
#define VKM_NAME(R) \
    case R:         \
        return #R
        VKM_NAME(VK_SUCCESS);
        VKM_NAME(VK_NOT_READY);
        VKM_NAME(VK_TIMEOUT);
        VKM_NAME(VK_INCOMPLETE);
        VKM_NAME(VK_ERROR_OUT_OF_HOST_MEMORY);
        VKM_NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY);
        VKM_NAME(VK_ERROR_INITIALIZATION_FAILED);
        VKM_NAME(VK_ERROR_DEVICE_LOST);
        VKM_NAME(VK_ERROR_MEMORY_MAP_FAILED);
        VKM_NAME(VK_ERROR_LAYER_NOT_PRESENT);
        VKM_NAME(VK_ERROR_EXTENSION_NOT_PRESENT);
        VKM_NAME(VK_ERROR_FEATURE_NOT_PRESENT);
        VKM_NAME(VK_ERROR_INCOMPATIBLE_DRIVER);
        VKM_NAME(VK_ERROR_TOO_MANY_OBJECTS);
        VKM_NAME(VK_ERROR_FORMAT_NOT_SUPPORTED);
        VKM_NAME(VK_ERROR_FRAGMENTED_POOL);
        VKM_NAME(VK_ERROR_UNKNOWN);
        VKM_NAME(VK_ERROR_OUT_OF_POOL_MEMORY);
        VKM_NAME(VK_ERROR_FRAGMENTATION);
        VKM_NAME(VK_ERROR_SURFACE_LOST_KHR);
        VKM_NAME(VK_ERROR_OUT_OF_DATE_KHR);
        VKM_NAME(VK_ERROR_VALIDATION_FAILED_EXT);
        VKM_NAME(VK_ERROR_INVALID_SHADER_NV);
#undef VKM_NAME
        default:
            return fmt::format("VkResult {}", static_cast<int>(result));
    }
}

void check(VkResult result, std::string_view device, std::string_view operation) {
    switch (result) {
        case VK_SUCCESS:
        case VK_INCOMPLETE:
            return;
        case VK_TIMEOUT:
            throw DeviceTimeout("{}: {}: {}", device, operation, result_name(result));
        case VK_ERROR_DEVICE_LOST:
            throw DeviceLost(
                "{}: {}: {}; the driver gave the device up: see the system log, and resume from the last "
                "checkpoint",
                device, operation, result_name(result));
        case VK_ERROR_OUT_OF_HOST_MEMORY:
        case VK_ERROR_OUT_OF_DEVICE_MEMORY:
            throw OutOfDeviceMemory("{}: {}: {}; free memory or use a smaller --batch-size", device,
                                    operation, result_name(result));
        default:
            throw VulkanError("{}: {}: {}", device, operation, result_name(result));
    }
}

}  // namespace vkm::engine
