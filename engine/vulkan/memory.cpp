#include <base/align.h>
#include <engine/error.h>
#include <engine/vulkan/memory.h>

#include <algorithm>
#include <array>

namespace vkm::engine {
namespace {

using Type = DeviceSnapshot::MemoryType;

/// Returns how well a type suits a kind; negative: not at all. Higher bits outweigh all lower ones.
int suitability(const Type& t, MemoryKind kind, MemoryUse use) {
    switch (kind) {
        case MemoryKind::device:
        case MemoryKind::inputs:
            if (!t.device_local && !t.host_visible) return -1;  // allocated with features only
            // Unified memory is written in place, which only coherent memory makes simple. A discrete device's
            // memory that the host sees is left to those who need it: it may be 256 MiB, or a driver may
            // place it on the host's side (ggml-org/llama.cpp#11520, NVIDIA on Windows).
            return 4 * t.device_local + (use.unified && use.direct_upload
                                             ? 2 * (t.host_visible && t.host_coherent)
                                             : 2 * !t.host_visible);
        case MemoryKind::upload:
            return t.host_visible
                       ? 4 * t.host_coherent + 2 * (t.device_local == use.direct_upload) + !t.host_cached
                       : -1;
        case MemoryKind::readback:
            return t.host_visible ? 4 * t.host_cached + 2 * t.host_coherent + !t.device_local : -1;
        case MemoryKind::shared:
            // Nobody says to other devices what the host would have to flush for them.
            return t.host_visible && t.host_coherent ? 2 * t.host_cached + !t.device_local : -1;
    }
    return -1;
}

std::string_view kind_name(MemoryKind kind) {
    switch (kind) {
        case MemoryKind::device:
        case MemoryKind::inputs:
            return "device";
        case MemoryKind::upload:
            return "upload";
        case MemoryKind::readback:
            return "readback";
        case MemoryKind::shared:
            return "shared";
    }
    return "";
}

std::string size_text(uint64_t bytes) {
    if (bytes < 10u << 20) return fmt::format("{} bytes", bytes);
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

/// Returns "1.2 of 2.0 GiB free in heap 0 ", from the driver where it says.
std::string heap_text(const Context& c, uint32_t heap) {
    const uint64_t total = c.snapshot.memory_heaps.at(heap);
    if (!c.snapshot.features.memory_budget)
        return fmt::format("heap {} holds {} in all", heap, size_text(total));
    auto budget = structure<VkPhysicalDeviceMemoryBudgetPropertiesEXT>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
    VkPhysicalDeviceMemoryProperties2 memory{
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, &budget, {}};
    c.instance->vk.vkGetPhysicalDeviceMemoryProperties2(c.physical, &memory);
    const uint64_t used = std::min(budget.heapUsage[heap], budget.heapBudget[heap]);
    return fmt::format("{} of {} free in heap {}", size_text(budget.heapBudget[heap] - used),
                       size_text(total), heap);
}

void for_each_range(const std::set<VkDeviceMemory>& memories, auto&& function) {
    for (const VkDeviceMemory memory : memories) {
        auto range = structure<VkMappedMemoryRange>(VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE);
        range.memory = memory;
        range.size = VK_WHOLE_SIZE;
        function(range);
    }
}

}  // namespace

std::vector<uint32_t> memory_type_order(std::span<const Type> types, MemoryKind kind, MemoryUse use) {
    std::vector<uint32_t> order;
    for (uint32_t i = 0; i < types.size(); ++i)
        if (suitability(types[i], kind, use) >= 0) order.push_back(i);
    // Drivers list their preferred type first among equals.
    std::ranges::stable_sort(order, std::greater{},
                             [&](uint32_t i) { return suitability(types[i], kind, use); });
    // Kernels that use host memory would be a slow surprise: a full device is an error. Unified memory is the
    // host's, of which a device may call only little its own (an APU's carve-out).
    if (on_device(kind) && !use.unified && !order.empty() && types[order[0]].device_local)
        std::erase_if(order, [&](uint32_t i) { return !types[i].device_local; });
    return order;
}

Block::Impl::Impl(Unbound, std::shared_ptr<Context> device_context, uint64_t bytes, MemoryKind memory_kind,
                  std::string_view name)
    : context(std::move(device_context)), size(bytes), kind(memory_kind), label(name) {}

Block::Impl::Impl(std::shared_ptr<Context> device_context, uint64_t bytes, MemoryKind memory_kind,
                  std::string_view name)
    : Impl(Unbound{}, std::move(device_context), bytes, memory_kind, name) {
    const Context& c = *context;
    const auto what = [&] {
        return fmt::format("{}: {} of {} memory for '{}'", c.description, size_text(bytes), kind_name(kind),
                           label);
    };
    c.require_execution();
    if (bytes == 0) throw Error("{}: an allocation cannot be empty", what());
    if (bytes > c.plan.block_bytes)
        throw OutOfDeviceMemory("{}: one allocation may hold {}; use several, or a smaller --batch-size",
                                what(), size_text(c.plan.block_bytes));

    auto buffer_info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
    buffer_info.size = align_up(bytes, 16);  // a vec4 load of the last element stays inside
    buffer_info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_STORAGE_TEXEL_BUFFER_BIT |
                        VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                        VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    const std::array<uint32_t, 2> families{
        c.plan.queue_family, c.plan.upload_queue.value_or(QueueIndex{c.plan.queue_family, 0}).family};
    if (kind == MemoryKind::inputs && families[0] != families[1]) {
        // Two families use it in every step. What one writes into a buffer of its own, the other may read only after
        // a release there and an acquire here (VkSharingMode); a shared one takes no more than the semaphores that
        // order the queues anyway. Sharing costs images their compression, and buffers have none.
        buffer_info.sharingMode = VK_SHARING_MODE_CONCURRENT;
        buffer_info.queueFamilyIndexCount = static_cast<uint32_t>(families.size());
        buffer_info.pQueueFamilyIndices = families.data();
    }
    buffer = c.create(&VolkDeviceTable::vkCreateBuffer, &VolkDeviceTable::vkDestroyBuffer, buffer_info,
                      "creating a buffer");
    VkMemoryRequirements needs;
    c.vk.vkGetBufferMemoryRequirements(c.device, buffer.get(), &needs);

    const MemoryUse use{c.plan.unified_memory, c.plan.direct_upload};
    std::string refused;
    for (const uint32_t type : memory_type_order(c.snapshot.memory_types, kind, use)) {
        if (!(needs.memoryTypeBits >> type & 1u)) continue;
        const Type& properties = c.snapshot.memory_types[type];
        auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
        info.allocationSize = needs.size;
        info.memoryTypeIndex = type;
        VkDeviceMemory allocated = VK_NULL_HANDLE;
        // More than the heap holds must not even be asked for (VUID-vkAllocateMemory-pAllocateInfo-01713).
        const VkResult result = needs.size > c.snapshot.memory_heaps.at(properties.heap)
                                    ? VK_ERROR_OUT_OF_DEVICE_MEMORY
                                    : c.vk.vkAllocateMemory(c.device, &info, nullptr, &allocated);
        if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY) {
            if (refused.empty()) refused = heap_text(c, properties.heap);
            continue;
        }
        c.check(result, "allocating memory");
        memory = Handle<VkDeviceMemory>(c.device, allocated, c.vk.vkFreeMemory);
        coherent = properties.host_coherent;
        cached = properties.host_cached;
        const bool in_place = use.unified && use.direct_upload && coherent;
        const bool map = properties.host_visible && (!on_device(kind) || in_place);
        c.check(c.vk.vkBindBufferMemory(c.device, buffer.get(), allocated, 0), "binding memory");
        if (map) {
            void* address = nullptr;
            c.check(c.vk.vkMapMemory(c.device, allocated, 0, VK_WHOLE_SIZE, 0, &address), "mapping memory");
            mapped = static_cast<std::byte*>(address);
            if (!coherent && kind == MemoryKind::upload) context->flushed.insert(allocated);
            if (!coherent && kind == MemoryKind::readback) context->invalidated.insert(allocated);
        }
        c.name(VK_OBJECT_TYPE_BUFFER, reinterpret_cast<uint64_t>(buffer.get()), label);
        return;
    }
    if (refused.empty()) throw UnsupportedDevice("{}: the device has no memory type for it", what());
    throw OutOfDeviceMemory(
        "{}: refused, {}; use a smaller --batch-size or close other programs on this device", what(),
        refused);
}

Block::Impl::~Impl() {
    // What an abandoned device runs may still write there.
    if (host && is_abandoned(context->device)) context->kept.push_back(std::move(host));
    context->flushed.erase(memory.get());
    context->invalidated.erase(memory.get());
    buffer.reset();  // before the memory it is bound to
}

Block::Block(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Block::~Block() = default;
Block::Block(Block&&) noexcept = default;
Block& Block::operator=(Block&&) noexcept = default;
uint64_t Block::size() const {
    return impl_->size;
}
std::byte* Block::mapped() const {
    return impl_->mapped;
}

void flush_mapped(const Context& c) {
    for_each_range(c.flushed, [&](const VkMappedMemoryRange& range) {
        c.check(c.vk.vkFlushMappedMemoryRanges(c.device, 1, &range), "flushing mapped memory");
    });
}

void invalidate_mapped(const Context& c) {
    for_each_range(c.invalidated, [&](const VkMappedMemoryRange& range) {
        c.check(c.vk.vkInvalidateMappedMemoryRanges(c.device, 1, &range), "invalidating mapped memory");
    });
}

}  // namespace vkm::engine
