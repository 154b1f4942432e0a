#include <engine/present/swapchain.h>

#include <algorithm>

namespace vkm::engine {
namespace {

// Returns the first way that the window can be blended with what lies behind it: opaque where it can.
VkCompositeAlphaFlagBitsKHR composite_alpha(VkCompositeAlphaFlagsKHR supported) {
    if (supported & VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR) return VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR;
    if (supported & VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR) return VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR;
    if (supported & VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR)
        return VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR;
    return VK_COMPOSITE_ALPHA_POST_MULTIPLIED_BIT_KHR;
}

Handle<VkSwapchainKHR> make(const Context& context, const Surface& surface, VkSurfaceFormatKHR format,
                            VkExtent2D extent, VkSwapchainKHR before) {
    const VkSurfaceCapabilitiesKHR capabilities = surface.capabilities(context.physical);
    auto info = structure<VkSwapchainCreateInfoKHR>(VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR);
    info.surface = surface.get();
    info.minImageCount = capabilities.minImageCount + 1;  // one to draw into while the others are shown
    if (capabilities.maxImageCount > 0)
        info.minImageCount = std::min(info.minImageCount, capabilities.maxImageCount);
    info.imageFormat = format.format;
    info.imageColorSpace = format.colorSpace;
    info.imageExtent = extent;
    info.imageArrayLayers = 1;
    info.imageUsage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
    info.imageSharingMode = VK_SHARING_MODE_EXCLUSIVE;
    info.preTransform = capabilities.currentTransform;
    info.compositeAlpha = composite_alpha(capabilities.supportedCompositeAlpha);
    info.presentMode = VK_PRESENT_MODE_FIFO_KHR;  // every device has it, and it draws no more than is shown
    info.clipped = VK_TRUE;
    info.oldSwapchain = before;
    return context.create(&VolkDeviceTable::vkCreateSwapchainKHR, &VolkDeviceTable::vkDestroySwapchainKHR,
                          info, "making the window's images");
}

}  // namespace

VkExtent2D Swapchain::extent_of(const VkSurfaceCapabilitiesKHR& capabilities, VkExtent2D wanted) {
    constexpr uint32_t up_to_the_images = 0xffffffff;
    if (capabilities.currentExtent.width != up_to_the_images) return capabilities.currentExtent;
    return {
        std::clamp(wanted.width, capabilities.minImageExtent.width, capabilities.maxImageExtent.width),
        std::clamp(wanted.height, capabilities.minImageExtent.height, capabilities.maxImageExtent.height)};
}

Swapchain::Swapchain(const Context& context, const Surface& surface, VkSurfaceFormatKHR format,
                     VkRenderPass render_pass, VkExtent2D extent, VkSwapchainKHR before)
    : extent_(extent), swapchain_(make(context, surface, format, extent, before)) {
    uint32_t count = 0;
    context.check(context.vk.vkGetSwapchainImagesKHR(context.device, get(), &count, nullptr),
                  "listing the window's images");
    std::vector<VkImage> images(count);
    context.check(context.vk.vkGetSwapchainImagesKHR(context.device, get(), &count, images.data()),
                  "listing the window's images");
    for (const VkImage image : images) {
        auto view = structure<VkImageViewCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO);
        view.image = image;
        view.viewType = VK_IMAGE_VIEW_TYPE_2D;
        view.format = format.format;
        view.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
        Image one;
        one.image = image;
        one.view = context.create(&VolkDeviceTable::vkCreateImageView, &VolkDeviceTable::vkDestroyImageView,
                                  view, "looking at a window's image");
        const VkImageView attachment = one.view.get();
        auto framebuffer = structure<VkFramebufferCreateInfo>(VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO);
        framebuffer.renderPass = render_pass;
        framebuffer.attachmentCount = 1;
        framebuffer.pAttachments = &attachment;
        framebuffer.width = extent.width;
        framebuffer.height = extent.height;
        framebuffer.layers = 1;
        one.framebuffer =
            context.create(&VolkDeviceTable::vkCreateFramebuffer, &VolkDeviceTable::vkDestroyFramebuffer,
                           framebuffer, "making a framebuffer");
        one.drawn = context.create(&VolkDeviceTable::vkCreateSemaphore, &VolkDeviceTable::vkDestroySemaphore,
                                   structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO),
                                   "creating a semaphore");
        images_.push_back(std::move(one));
    }
}

}  // namespace vkm::engine
