#pragma once

#include <engine/vulkan/device.h>

#include <cstdint>

namespace vkm::capi {

/// Returns the process's one instance, which stays: drivers are not meant to be loaded twice, and what a program leaves
/// open must not outlive it. Throws what loading Vulkan throws.
const engine::Instance& instance();

/// Returns the index of the device that a program has named, VKMBV3_DEFAULT_DEVICE included. Throws InvalidArgument
/// and NoDevice.
uint32_t device_index(int32_t named);

}  // namespace vkm::capi
