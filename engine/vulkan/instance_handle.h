#pragma once

#include <engine/vulkan/vulkan.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::engine {

/// Collects what the validation layer says, from any thread.
class ValidationLog {
  public:
    void add(std::string message) {
        std::lock_guard lock(mutex_);
        messages_.push_back(std::move(message));
    }
    std::vector<std::string> messages() const {
        std::lock_guard lock(mutex_);
        return messages_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
};

/// Lists the functions of a VkInstance. volk's own are global: an instance without an extension would take
/// them from one with it.
#define VKM_INSTANCE_FUNCTIONS(X)                        \
    X(vkDestroyInstance)                                 \
    X(vkEnumeratePhysicalDevices)                        \
    X(vkEnumerateDeviceExtensionProperties)              \
    X(vkGetPhysicalDeviceProperties)                     \
    X(vkGetPhysicalDeviceProperties2)                    \
    X(vkGetPhysicalDeviceFeatures2)                      \
    X(vkGetPhysicalDeviceMemoryProperties2)              \
    X(vkGetPhysicalDeviceQueueFamilyProperties)          \
    X(vkGetPhysicalDeviceExternalBufferProperties)       \
    X(vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR) \
    X(vkCreateDevice)                                    \
    X(vkCreateDebugUtilsMessengerEXT)                    \
    X(vkDestroyDebugUtilsMessengerEXT)                   \
    X(vkSetDebugUtilsObjectNameEXT)                      \
    X(vkDestroySurfaceKHR)                               \
    X(vkGetPhysicalDeviceSurfaceSupportKHR)              \
    X(vkGetPhysicalDeviceSurfaceCapabilitiesKHR)         \
    X(vkGetPhysicalDeviceSurfaceFormatsKHR)

struct InstanceTable {
    void load(VkInstance);
#define VKM_DECLARE(NAME) PFN_##NAME NAME = nullptr;
    VKM_INSTANCE_FUNCTIONS(VKM_DECLARE)
#undef VKM_DECLARE
};

constexpr std::string_view loader_name = "the Vulkan loader";  // for messages

/// Throws as check() does. It has no memory, the loader says, where a driver's manifest is none that it can read.
void check_loader(VkResult, std::string_view operation);

/// Owns the VkInstance. The devices opened from it share it, so that the order of destruction cannot matter.
struct InstanceHandle {
    /// Loads Vulkan and creates an instance. Throws NoVulkanLoader, or vkm::Error where validation is asked
    /// for and the layer is not installed. `extensions` are enabled besides.
    static std::shared_ptr<InstanceHandle> create(bool validation,
                                                  std::span<const std::string> extensions = {});
    InstanceHandle() = default;
    InstanceHandle(const InstanceHandle&) = delete;
    ~InstanceHandle();

    VkInstance instance = VK_NULL_HANDLE;  ///< null where no driver is installed
    InstanceTable vk;
    VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
    uint32_t api_version = VK_API_VERSION_1_1;
    bool validation = false;
    ValidationLog log;
};

}  // namespace vkm::engine
