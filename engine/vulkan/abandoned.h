#pragma once

#include <engine/vulkan/vulkan.h>

#include <memory>

namespace vkm::engine {

class Context;

/// For a device that runs something which does not end. Vulkan lets nothing be destroyed that it may still
/// use, and waits for no one else; so all of it is left to the end of the process, which then can come, and
/// say why.
void abandon(std::shared_ptr<Context>);
bool is_abandoned(VkDevice) noexcept;

}  // namespace vkm::engine
