#pragma once

#include <base/error.h>

namespace vkm {

/// Says that there is no Vulkan loader: libvulkan is not installed.
class NoVulkanLoader : public Error {
  public:
    using Error::Error;
};

/// Says that there is no Vulkan device, or none of the index asked for.
class NoDevice : public Error {
  public:
    using Error::Error;
};

/// Says that a device is below the baseline. The message names the limit.
class UnsupportedDevice : public Error {
  public:
    using Error::Error;
};

/// Says that the device refused an allocation, or that a plan cannot fit.
class OutOfDeviceMemory : public Error {
  public:
    using Error::Error;
};

/// Says that the driver gave the device up. The message names device and operator.
class DeviceLost : public Error {
  public:
    using Error::Error;
};

/// Says that a wait outlasted its bound.
class DeviceTimeout : public Error {
  public:
    using Error::Error;
};

/// Reports any other VkResult.
class VulkanError : public Error {
  public:
    using Error::Error;
};

}  // namespace vkm
