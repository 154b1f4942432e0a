#include <engine/error.h>
#include <engine/present/picture_memory.h>

#include <algorithm>

namespace vkm::engine {

Handle<VkDeviceMemory> allocate_for(const Context& context, const VkMemoryRequirements& needs,
                                    bool host_visible) {
    const auto& types = context.snapshot.memory_types;
    const auto suits = [&](uint32_t i, bool best) {
        if (!(needs.memoryTypeBits >> i & 1u)) return false;
        if (host_visible) return types[i].host_visible && types[i].host_coherent;
        return !best || types[i].device_local;
    };
    for (const bool best : {true, false})
        for (uint32_t i = 0; i < types.size(); ++i) {
            if (!suits(i, best)) continue;
            auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
            info.allocationSize = needs.size;
            info.memoryTypeIndex = i;
            return context.create(&VolkDeviceTable::vkAllocateMemory, &VolkDeviceTable::vkFreeMemory, info,
                                  "allocating memory for the window");
        }
    throw UnsupportedDevice("{}: there is no memory for a window's pictures", context.description);
}

std::byte* MappedBuffer::reserve(uint64_t bytes) {
    if (bytes <= size_) return mapped_;
    constexpr uint64_t least = 1u << 16;
    buffer_.reset();
    memory_.reset();
    size_ = std::max(least, bytes + bytes / 2);
    auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
    info.size = size_;
    info.usage = usage_;
    buffer_ = context_.create(&VolkDeviceTable::vkCreateBuffer, &VolkDeviceTable::vkDestroyBuffer, info,
                              "creating a buffer");
    VkMemoryRequirements needs;
    context_.vk.vkGetBufferMemoryRequirements(context_.device, buffer_.get(), &needs);
    memory_ = allocate_for(context_, needs, true);
    context_.check(context_.vk.vkBindBufferMemory(context_.device, buffer_.get(), memory_.get(), 0),
                   "binding memory");
    void* address = nullptr;
    context_.check(context_.vk.vkMapMemory(context_.device, memory_.get(), 0, VK_WHOLE_SIZE, 0, &address),
                   "mapping memory");
    mapped_ = static_cast<std::byte*>(address);
    return mapped_;
}

}  // namespace vkm::engine
