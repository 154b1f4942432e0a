#pragma once

#include <engine/vulkan/vulkan.h>

#include <memory>

namespace vkm::engine {

class Context;

/// Leaves a device, and all that belongs to it, to the end of the process. It is for a device that runs
/// something which does not end: Vulkan lets nothing be destroyed that the device may still use. So the
/// process need not wait for it and can say why it ends.
void abandon(std::shared_ptr<Context>);
bool is_abandoned(VkDevice) noexcept;

}  // namespace vkm::engine
