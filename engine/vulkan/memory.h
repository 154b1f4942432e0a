#pragma once

#include <engine/vulkan/context.h>
#include <engine/vulkan/device.h>
#include <engine/vulkan/host_memory.h>

namespace vkm::engine {

struct Block::Impl {
    Impl(std::shared_ptr<Context>, uint64_t bytes, MemoryKind, std::string_view label);
    Impl(const Impl&) = delete;
    ~Impl();
    /// Returns a block over memory of the host; null where the device does not take it.
    static std::unique_ptr<Impl> import_memory(std::shared_ptr<Context>, std::shared_ptr<const HostMemory>,
                                               std::string_view label);

    std::shared_ptr<Context> context;
    std::shared_ptr<const HostMemory> host;  ///< where the memory is imported
    Handle<VkBuffer> buffer;
    Handle<VkDeviceMemory> memory;
    uint64_t size = 0;
    MemoryKind kind;
    std::string label;
    std::byte* mapped = nullptr;
    bool coherent = false, cached = false;

  private:
    struct Unbound {};
    /// Leaves buffer and memory to import_memory().
    Impl(Unbound, std::shared_ptr<Context>, uint64_t bytes, MemoryKind, std::string_view label);
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
