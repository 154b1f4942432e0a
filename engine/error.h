#pragma once

#include <base/error.h>

namespace vkm {

/// No Vulkan loader: libvulkan is not installed.
class NoVulkanLoader : public Error {
  public:
    using Error::Error;
};

/// No Vulkan device, or the index asked for does not exist.
class NoDevice : public Error {
  public:
    using Error::Error;
};

/// A device below the baseline; the message names the limit.
class UnsupportedDevice : public Error {
  public:
    using Error::Error;
};

/// An allocation that the device refused, or a plan that cannot fit.
class OutOfDeviceMemory : public Error {
  public:
    using Error::Error;
};

/// The driver gave the device up; the message names device and operator.
class DeviceLost : public Error {
  public:
    using Error::Error;
};

/// A wait that outlasted its bound.
class DeviceTimeout : public Error {
  public:
    using Error::Error;
};

/// Any other VkResult.
class VulkanError : public Error {
  public:
    using Error::Error;
};

}  // namespace vkm
