#pragma once

#include <engine/vulkan.h>

#include <mutex>
#include <string>
#include <vector>

namespace vkm::engine {

/// What the validation layer said. The layer calls from any thread.
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

/// The VkInstance. Shared by every device opened from it, so that the order of destruction cannot matter.
struct InstanceHandle {
    InstanceHandle() = default;
    InstanceHandle(const InstanceHandle&) = delete;
    ~InstanceHandle();

    VkInstance instance = VK_NULL_HANDLE;  ///< null where no driver is installed
    VkDebugUtilsMessengerEXT messenger = VK_NULL_HANDLE;
    uint32_t api_version = VK_API_VERSION_1_1;
    bool validation = false;
    ValidationLog log;
};

}  // namespace vkm::engine
