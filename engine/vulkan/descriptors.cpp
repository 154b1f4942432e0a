#include <engine/vulkan/descriptors.h>

#include <algorithm>
#include <array>

namespace vkm::engine {
namespace {

constexpr uint32_t sets_per_pool = 64, descriptors_per_pool = 8 * sets_per_pool;

VkFormat format_of(TexelFormat format) {
    return format == TexelFormat::rgba16f ? VK_FORMAT_R16G16B16A16_SFLOAT : VK_FORMAT_R32G32B32A32_SFLOAT;
}

}  // namespace

Descriptors::Descriptors(std::shared_ptr<const Context> context) : context_(std::move(context)) {}

VkDescriptorSet Descriptors::allocate(const Kernel& kernel) {
    const auto& bindings = kernel.interface().bindings;
    const auto texels = static_cast<uint32_t>(
        std::ranges::count(bindings, BindingType::storage_texel_buffer, &Binding::type));
    const auto buffers = static_cast<uint32_t>(bindings.size()) - texels;
    if (sets_left_ == 0 || buffers > buffers_left_ || texels > texels_left_) {
        const std::array<VkDescriptorPoolSize, 2> sizes{
            {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, std::max(descriptors_per_pool, buffers)},
             {VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER, std::max(descriptors_per_pool, texels)}}};
        auto info = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
        info.maxSets = sets_per_pool;
        info.poolSizeCount = static_cast<uint32_t>(sizes.size());
        info.pPoolSizes = sizes.data();
        pools_.push_back(context_->create(&VolkDeviceTable::vkCreateDescriptorPool,
                                          &VolkDeviceTable::vkDestroyDescriptorPool, info,
                                          "creating a descriptor pool"));
        sets_left_ = sets_per_pool;
        buffers_left_ = sizes[0].descriptorCount;
        texels_left_ = sizes[1].descriptorCount;
    }
    const VkDescriptorSetLayout layout = kernel.set_layout();
    auto info = structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
    info.descriptorPool = pools_.back().get();
    info.descriptorSetCount = 1;
    info.pSetLayouts = &layout;
    VkDescriptorSet set = VK_NULL_HANDLE;
    context_->check(context_->vk.vkAllocateDescriptorSets(context_->device, &info, &set),
                    "allocating a descriptor set");
    --sets_left_;
    buffers_left_ -= buffers;
    texels_left_ -= texels;
    return set;
}

VkBufferView Descriptors::view(const Slice& slice, TexelFormat format) {
    const VkBuffer buffer = slice.block->impl().buffer.get();
    Handle<VkBufferView>& view = views_[{buffer, slice.offset, slice.bytes, format}];
    if (!view) {
        auto info = structure<VkBufferViewCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO);
        info.buffer = buffer;
        info.format = format_of(format);
        info.offset = slice.offset;
        info.range = slice.bytes;
        view = context_->create(&VolkDeviceTable::vkCreateBufferView, &VolkDeviceTable::vkDestroyBufferView,
                                info, "creating a buffer view");
    }
    return view.get();
}

VkDescriptorSet Descriptors::set(const Kernel& kernel, std::span<const Slice> slices) {
    const auto& bindings = kernel.interface().bindings;
    const VkDescriptorSet set = allocate(kernel);
    std::vector<VkDescriptorBufferInfo> buffers(bindings.size());
    std::vector<VkBufferView> views(bindings.size());
    std::vector<VkWriteDescriptorSet> writes;
    for (size_t i = 0; i < bindings.size(); ++i) {
        auto write = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
        write.dstSet = set;
        write.dstBinding = bindings[i].binding;
        write.descriptorCount = 1;
        if (bindings[i].type == BindingType::storage_buffer) {
            buffers[i] = {slices[i].block->impl().buffer.get(), slices[i].offset, slices[i].bytes};
            write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
            write.pBufferInfo = &buffers[i];
        } else {
            views[i] = view(slices[i], bindings[i].format);
            write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_TEXEL_BUFFER;
            write.pTexelBufferView = &views[i];
        }
        writes.push_back(write);
    }
    context_->vk.vkUpdateDescriptorSets(context_->device, static_cast<uint32_t>(writes.size()), writes.data(),
                                        0, nullptr);
    return set;
}

}  // namespace vkm::engine
