#include <base/align.h>
#include <engine/error.h>
#include <engine/vulkan/host_memory.h>
#include <engine/vulkan/memory.h>

#include <cstring>

namespace vkm::engine {
namespace {

constexpr VkExternalMemoryHandleTypeFlagBits host_allocation =
    VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
constexpr VkBufferUsageFlags copies = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;

bool importable(const Context& c) {
    auto asked =
        structure<VkPhysicalDeviceExternalBufferInfo>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO);
    asked.usage = copies;
    asked.handleType = host_allocation;
    auto told = structure<VkExternalBufferProperties>(VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES);
    c.instance->vk.vkGetPhysicalDeviceExternalBufferProperties(c.physical, &asked, &told);
    return (told.externalMemoryProperties.externalMemoryFeatures &
            VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) != 0;
}

}  // namespace

HostMemory::HostMemory(uint64_t bytes, uint64_t alignment)
    : size_(align_up(bytes, alignment)),
      data_(static_cast<std::byte*>(::operator new (size_, std::align_val_t{alignment}, std::nothrow)),
            Free{std::align_val_t{alignment}}) {
    if (!data_) throw Error("the host has no {} bytes of memory for what devices share", size_);
    std::memset(data_.get(), 0, size_);
}

std::unique_ptr<Block::Impl> Block::Impl::import_memory(std::shared_ptr<Context> context,
                                                        std::shared_ptr<const HostMemory> memory,
                                                        std::string_view label) {
    const Context& c = *context;  // lives as long as the block
    c.require_execution();
    const uint64_t alignment = c.plan.import_alignment;
    if (alignment == 0 || memory->size() % alignment != 0 || memory->size() > c.plan.block_bytes ||
        !importable(c))
        return nullptr;

    std::unique_ptr<Impl> block(
        new Impl(Unbound{}, std::move(context), memory->size(), MemoryKind::shared, label));
    auto external =
        structure<VkExternalMemoryBufferCreateInfo>(VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
    external.handleTypes = host_allocation;
    auto buffer_info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
    buffer_info.pNext = &external;
    buffer_info.size = memory->size();
    buffer_info.usage = copies;
    block->buffer = c.create(&VolkDeviceTable::vkCreateBuffer, &VolkDeviceTable::vkDestroyBuffer, buffer_info,
                             "creating a buffer");
    VkMemoryRequirements needs;
    c.vk.vkGetBufferMemoryRequirements(c.device, block->buffer.get(), &needs);
    auto pointer =
        structure<VkMemoryHostPointerPropertiesEXT>(VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT);
    if (needs.size > memory->size() || c.vk.vkGetMemoryHostPointerPropertiesEXT(
                                           c.device, host_allocation, memory->data(), &pointer) != VK_SUCCESS)
        return nullptr;

    for (const uint32_t type : memory_type_order(c.snapshot.memory_types, MemoryKind::shared,
                                                 {c.plan.unified_memory, c.plan.direct_upload})) {
        if (!(needs.memoryTypeBits & pointer.memoryTypeBits & 1u << type)) continue;
        auto from = structure<VkImportMemoryHostPointerInfoEXT>(
            VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT);
        from.handleType = host_allocation;
        from.pHostPointer = memory->data();
        auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
        info.pNext = &from;
        info.allocationSize = memory->size();
        info.memoryTypeIndex = type;
        VkDeviceMemory imported = VK_NULL_HANDLE;
        const VkResult result = c.vk.vkAllocateMemory(c.device, &info, nullptr, &imported);
        // What the process may lock is limited, and a driver may not take every page. Neither is worth an error: the
        // caller has another way.
        if (result != VK_SUCCESS) {
            if (result == VK_ERROR_DEVICE_LOST) c.check(result, "importing memory");
            continue;
        }
        block->host = std::move(memory);
        block->memory = Handle<VkDeviceMemory>(c.device, imported, c.vk.vkFreeMemory);
        block->mapped = block->host->data();
        block->coherent = true;
        block->cached = c.snapshot.memory_types[type].host_cached;
        c.check(c.vk.vkBindBufferMemory(c.device, block->buffer.get(), imported, 0), "binding memory");
        c.name(VK_OBJECT_TYPE_BUFFER, reinterpret_cast<uint64_t>(block->buffer.get()), block->label);
        return block;
    }
    return nullptr;
}

}  // namespace vkm::engine
