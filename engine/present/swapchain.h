#pragma once

#include <engine/present/surface.h>
#include <engine/vulkan/context.h>

#include <vector>

namespace vkm::engine {

/// Owns the images that a window shows in turn, each with what it is drawn into. It is made anew whenever the window has
/// another size.
class Swapchain {
  public:
    struct Image {
        VkImage image = VK_NULL_HANDLE;
        Handle<VkImageView> view;
        Handle<VkFramebuffer> framebuffer;
        Handle<VkSemaphore> drawn;  ///< signalled when it may be shown
    };

    /// `wanted` is the size where the window takes its size from the images. `before` is the one it takes the place of,
    /// or null. The extent must not be empty.
    Swapchain(const Context&, const Surface&, VkSurfaceFormatKHR, VkRenderPass, VkExtent2D extent,
              VkSwapchainKHR before);

    VkSwapchainKHR get() const { return swapchain_.get(); }
    VkExtent2D extent() const { return extent_; }
    Image& image(uint32_t index) { return images_.at(index); }

    /// Returns the size that the window has now, `wanted` where it leaves that to the images.
    static VkExtent2D extent_of(const VkSurfaceCapabilitiesKHR&, VkExtent2D wanted);

  private:
    VkExtent2D extent_;
    Handle<VkSwapchainKHR> swapchain_;
    std::vector<Image> images_;
};

}  // namespace vkm::engine
