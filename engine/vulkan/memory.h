#pragma once

#include <engine/vulkan/context.h>
#include <engine/vulkan/device.h>

namespace vkm::engine {

struct Block::Impl {
    Impl(std::shared_ptr<Context>, uint64_t bytes, MemoryKind, std::string_view label);
    Impl(const Impl&) = delete;
    ~Impl();

    std::shared_ptr<Context> context;
    Handle<VkBuffer> buffer;
    Handle<VkDeviceMemory> memory;
    uint64_t size = 0;
    MemoryKind kind;
    std::string label;
    std::byte* mapped = nullptr;
    bool coherent = false, cached = false;
};

/// Returns whether a kind of memory is the device's own.
constexpr bool on_device(MemoryKind kind) {
    return kind == MemoryKind::device || kind == MemoryKind::inputs;
}

/// Says what DevicePlan decides of memory.
struct MemoryUse {
    bool unified = false, direct_upload = false;
};

/// Returns the indices of the memory types for a kind, best first.
std::vector<uint32_t> memory_type_order(std::span<const DeviceSnapshot::MemoryType>, MemoryKind, MemoryUse);

/// Makes the host's writes to non-coherent mapped memory visible to the device.
void flush_mapped(const Context&);
/// Makes the device's writes to it visible to the host.
void invalidate_mapped(const Context&);

}  // namespace vkm::engine
