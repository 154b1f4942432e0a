#pragma once

#include <engine/vulkan/context.h>

namespace vkm::engine {

/// Allocates memory of its own for a buffer or an image: host-visible and coherent, or the device's.
/// Throws OutOfDeviceMemory.
Handle<VkDeviceMemory> allocate_for(const Context&, const VkMemoryRequirements&, bool host_visible);

/// Owns a mapped buffer that grows with what is written into it. Nothing may use it while it grows.
class MappedBuffer {
  public:
    MappedBuffer(const Context& context, VkBufferUsageFlags usage) : context_(context), usage_(usage) {}

    VkBuffer get() const { return buffer_.get(); }
    /// Returns room for so many bytes; what was there is gone where it had to grow.
    std::byte* reserve(uint64_t bytes);

  private:
    const Context& context_;
    VkBufferUsageFlags usage_;
    uint64_t size_ = 0;
    Handle<VkDeviceMemory> memory_;  // outlives the buffer
    Handle<VkBuffer> buffer_;
    std::byte* mapped_ = nullptr;
};

}  // namespace vkm::engine
