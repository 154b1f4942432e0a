#include <base/align.h>
#include <engine/present/textures.h>

#include <algorithm>
#include <cstring>

namespace vkm::engine {
namespace {

constexpr VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
constexpr VkImageSubresourceRange whole{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
constexpr uint32_t sets_of_a_pool = 64;
constexpr uint64_t staging_alignment = 16;

void transition(const Context& context, VkCommandBuffer commands, VkImage image, VkImageLayout from,
                VkImageLayout to) {
    const bool before = to == VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
    auto barrier = structure<VkImageMemoryBarrier>(VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER);
    barrier.srcAccessMask = before ? VkAccessFlags(0) : VkAccessFlags(VK_ACCESS_TRANSFER_WRITE_BIT);
    barrier.dstAccessMask = before ? VK_ACCESS_TRANSFER_WRITE_BIT : VK_ACCESS_SHADER_READ_BIT;
    barrier.oldLayout = from;
    barrier.newLayout = to;
    barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
    barrier.image = image;
    barrier.subresourceRange = whole;
    // Earlier pictures may still read it, and an earlier update in this one may have written it.
    const VkPipelineStageFlags reads = VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT,
                               writes = VK_PIPELINE_STAGE_TRANSFER_BIT;
    context.vk.vkCmdPipelineBarrier(commands, before ? reads | writes : writes, before ? writes : reads, 0, 0,
                                    nullptr, 0, nullptr, 1, &barrier);
}

}  // namespace

Textures::Textures(const Context& context) : context_(context) {
    auto sampler = structure<VkSamplerCreateInfo>(VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO);
    sampler.magFilter = sampler.minFilter = VK_FILTER_LINEAR;
    sampler.addressModeU = sampler.addressModeV = sampler.addressModeW =
        VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
    sampler_ = context.create(&VolkDeviceTable::vkCreateSampler, &VolkDeviceTable::vkDestroySampler, sampler,
                              "creating a sampler");
    VkDescriptorSetLayoutBinding binding{};
    binding.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    binding.descriptorCount = 1;
    binding.stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
    auto layout =
        structure<VkDescriptorSetLayoutCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
    layout.bindingCount = 1;
    layout.pBindings = &binding;
    layout_ = context.create(&VolkDeviceTable::vkCreateDescriptorSetLayout,
                             &VolkDeviceTable::vkDestroyDescriptorSetLayout, layout, "describing textures");
}

void Textures::allocate_set(Texture& texture) {
    const VkDescriptorSetLayout layout = layout_.get();
    auto info = structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
    info.descriptorSetCount = 1;
    info.pSetLayouts = &layout;
    for (const Handle<VkDescriptorPool>& pool : pools_) {
        info.descriptorPool = texture.pool = pool.get();
        if (context_.vk.vkAllocateDescriptorSets(context_.device, &info, &texture.set) == VK_SUCCESS) return;
    }
    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, sets_of_a_pool};
    auto pool = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
    pool.flags = VK_DESCRIPTOR_POOL_CREATE_FREE_DESCRIPTOR_SET_BIT;
    pool.maxSets = sets_of_a_pool;
    pool.poolSizeCount = 1;
    pool.pPoolSizes = &size;
    pools_.push_back(context_.create(&VolkDeviceTable::vkCreateDescriptorPool,
                                     &VolkDeviceTable::vkDestroyDescriptorPool, pool,
                                     "making room for textures"));
    info.descriptorPool = texture.pool = pools_.back().get();
    context_.check(context_.vk.vkAllocateDescriptorSets(context_.device, &info, &texture.set),
                   "binding a texture");
}

TextureId Textures::make(int width, int height) {
    Texture texture;
    texture.width = width;
    texture.height = height;
    auto info = structure<VkImageCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO);
    info.imageType = VK_IMAGE_TYPE_2D;
    info.format = format;
    info.extent = {static_cast<uint32_t>(width), static_cast<uint32_t>(height), 1};
    info.mipLevels = info.arrayLayers = 1;
    info.samples = VK_SAMPLE_COUNT_1_BIT;
    info.usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
    texture.image = context_.create(&VolkDeviceTable::vkCreateImage, &VolkDeviceTable::vkDestroyImage, info,
                                    "creating a texture");
    VkMemoryRequirements needs;
    context_.vk.vkGetImageMemoryRequirements(context_.device, texture.image.get(), &needs);
    texture.memory = allocate_for(context_, needs, false);
    context_.check(
        context_.vk.vkBindImageMemory(context_.device, texture.image.get(), texture.memory.get(), 0),
        "binding memory");
    auto view = structure<VkImageViewCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO);
    view.image = texture.image.get();
    view.viewType = VK_IMAGE_VIEW_TYPE_2D;
    view.format = format;
    view.subresourceRange = whole;
    texture.view = context_.create(&VolkDeviceTable::vkCreateImageView, &VolkDeviceTable::vkDestroyImageView,
                                   view, "looking at a texture");
    allocate_set(texture);
    const VkDescriptorImageInfo image{sampler_.get(), texture.view.get(),
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    auto write = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
    write.dstSet = texture.set;
    write.descriptorCount = 1;
    write.descriptorType = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER;
    write.pImageInfo = &image;
    context_.vk.vkUpdateDescriptorSets(context_.device, 1, &write, 0, nullptr);
    const TextureId id{next_++};
    textures_.emplace(id, std::move(texture));
    const std::vector<uint8_t> transparent(static_cast<size_t>(width) * static_cast<size_t>(height) * 4);
    update(id, {0, 0, width, height}, transparent);
    return id;
}

const Textures::Texture& Textures::find(TextureId id) const {
    const auto found = textures_.find(id);
    if (found == textures_.end()) throw Error("there is no texture {}", static_cast<uint32_t>(id));
    return found->second;
}

VkDescriptorSet Textures::set(TextureId id) const {
    return find(id).set;
}

void Textures::update(TextureId id, const PixelRegion& region, std::span<const uint8_t> rgba) {
    const Texture& texture = find(id);
    const bool inside = region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0 &&
                        region.width <= texture.width - region.x &&
                        region.height <= texture.height - region.y;
    if (!inside || rgba.size() != static_cast<size_t>(region.width) * static_cast<size_t>(region.height) * 4)
        throw Error("{} bytes at {},{} of {} x {} do not fit a texture of {} x {}", rgba.size(), region.x,
                    region.y, region.width, region.height, texture.width, texture.height);
    // A whole texture makes what was to be written before needless.
    if (region.width == texture.width && region.height == texture.height)
        std::erase_if(updates_, [&](const Update& u) { return u.texture == id; });
    updates_.push_back({id, region, {rgba.begin(), rgba.end()}});
}

void Textures::drop(TextureId id) {
    const auto found = textures_.find(id);
    if (found == textures_.end()) return;
    std::erase_if(updates_, [&](const Update& u) { return u.texture == id; });
    dropped_.push_back({drawing_, std::move(found->second)});
    textures_.erase(found);
}

void Textures::collect(uint64_t done) {
    std::erase_if(dropped_, [&](const Dropped& d) {
        if (d.number > done) return false;
        context_.vk.vkFreeDescriptorSets(context_.device, d.texture.pool, 1, &d.texture.set);
        return true;
    });
}

uint64_t Textures::staged_bytes() const {
    uint64_t bytes = 0;
    for (const Update& update : updates_)
        bytes += align_up(static_cast<uint64_t>(update.rgba.size()), staging_alignment);
    return bytes;
}

void Textures::record_updates(VkCommandBuffer commands, VkBuffer staging, std::byte* mapped) {
    uint64_t at = 0;
    for (const Update& update : updates_) {
        Texture& texture = textures_.at(update.texture);
        std::memcpy(mapped + at, update.rgba.data(), update.rgba.size());
        transition(context_, commands, texture.image.get(),
                   texture.written ? VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL : VK_IMAGE_LAYOUT_UNDEFINED,
                   VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
        VkBufferImageCopy copy{};
        copy.bufferOffset = at;
        copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
        copy.imageOffset = {update.region.x, update.region.y, 0};
        copy.imageExtent = {static_cast<uint32_t>(update.region.width),
                            static_cast<uint32_t>(update.region.height), 1};
        context_.vk.vkCmdCopyBufferToImage(commands, staging, texture.image.get(),
                                           VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &copy);
        transition(context_, commands, texture.image.get(), VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                   VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
        texture.written = true;
        at += align_up(static_cast<uint64_t>(update.rgba.size()), staging_alignment);
    }
    updates_.clear();
}

}  // namespace vkm::engine
