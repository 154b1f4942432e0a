#pragma once

#include <engine/present/picture_memory.h>
#include <engine/present/presenter.h>

#include <map>
#include <vector>

namespace vkm::engine {

/// Owns the textures of a window's pictures, and what is to be written into them.
class Textures {
  public:
    explicit Textures(const Context&);

    TextureId make(int width, int height);
    void update(TextureId, const PixelRegion&, std::span<const uint8_t> rgba);
    void drop(TextureId);

    VkDescriptorSetLayout layout() const { return layout_.get(); }
    /// Returns what binds a texture. Throws Error where there is none of the name.
    VkDescriptorSet set(TextureId) const;

    /// Returns how many bytes record_updates() stages.
    uint64_t staged_bytes() const;
    /// Records what update() was given, through this buffer, and forgets it.
    void record_updates(VkCommandBuffer, VkBuffer staging, std::byte* mapped);

    /// Says that picture `number` is being drawn: dropped textures stay until collect() says that it is done.
    void begin(uint64_t number) { drawing_ = number; }
    void collect(uint64_t done);

  private:
    struct Texture {
        int width = 0, height = 0;
        bool written = false;  ///< it has pixels
        Handle<VkDeviceMemory> memory;
        Handle<VkImage> image;
        Handle<VkImageView> view;
        VkDescriptorSet set = VK_NULL_HANDLE;
        VkDescriptorPool pool = VK_NULL_HANDLE;
    };
    struct Update {
        TextureId texture;
        PixelRegion region;
        std::vector<uint8_t> rgba;
    };
    struct Dropped {
        uint64_t number;
        Texture texture;
    };

    const Texture& find(TextureId) const;
    void allocate_set(Texture&);

    const Context& context_;
    Handle<VkDescriptorSetLayout> layout_;
    Handle<VkSampler> sampler_;
    std::vector<Handle<VkDescriptorPool>> pools_;
    std::map<TextureId, Texture> textures_;
    std::vector<Update> updates_;
    std::vector<Dropped> dropped_;
    uint32_t next_ = 1;
    uint64_t drawing_ = 0;
};

}  // namespace vkm::engine
