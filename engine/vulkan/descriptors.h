#pragma once

#include <engine/vulkan/kernel.h>
#include <engine/vulkan/memory.h>

#include <map>

namespace vkm::engine {

/// Owns the descriptor sets and buffer views of one command list, written once while it is recorded.
class Descriptors {
  public:
    explicit Descriptors(std::shared_ptr<const Context>);

    /// Returns a set with the slices in the kernel's binding order. The slices have been checked.
    VkDescriptorSet set(const Kernel&, std::span<const Slice>);

  private:
    VkDescriptorSet allocate(const Kernel&);
    VkBufferView view(const Slice&, TexelFormat);

    std::shared_ptr<const Context> context_;
    std::vector<Handle<VkDescriptorPool>> pools_;
    uint32_t sets_left_ = 0, buffers_left_ = 0, texels_left_ = 0;  ///< in the last pool
    std::map<std::tuple<VkBuffer, uint64_t, uint64_t, TexelFormat>, Handle<VkBufferView>> views_;
};

}  // namespace vkm::engine
