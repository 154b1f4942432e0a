#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace vkm {

/// Base of everything this program throws on purpose. The message is one line: what failed, where, and what
/// to do.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;

    template <typename... Args>
    explicit Error(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0)
        : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

#define VKM_ERROR(NAME)         \
    class NAME : public Error { \
      public:                   \
        using Error::Error;     \
    }

VKM_ERROR(NoVulkanLoader);     ///< libvulkan is not installed
VKM_ERROR(NoDevice);           ///< no Vulkan device, or the index asked for does not exist
VKM_ERROR(UnsupportedDevice);  ///< a device below the baseline; the message names the limit
VKM_ERROR(OutOfDeviceMemory);  ///< an allocation the device refused, or a plan that cannot fit
VKM_ERROR(DeviceLost);         ///< the driver gave the device up; names device and operator
VKM_ERROR(DeviceTimeout);      ///< a wait that outlasted its bound
VKM_ERROR(VulkanError);        ///< any other VkResult

#undef VKM_ERROR

}  // namespace vkm
