#include <engine/present/surface.h>
#include <engine/vulkan/check.h>

#include <algorithm>
#include <array>

namespace vkm::engine {
namespace {

template <typename T, typename Function, typename... Arguments>
std::vector<T> listed(Function function, Arguments... arguments) {
    uint32_t count = 0;
    check(function(arguments..., &count, nullptr), loader_name, "asking for what a window can show");
    std::vector<T> all(count);
    check(function(arguments..., &count, all.data()), loader_name, "asking for what a window can show");
    all.resize(count);
    return all;
}

}  // namespace

Surface::Surface(std::shared_ptr<InstanceHandle> instance, const Presenter::MakeSurface& make)
    : instance_(std::move(instance)) {
    const uint64_t made = make(instance_->instance);
    if (made == 0 || !instance_->vk.vkGetPhysicalDeviceSurfaceSupportKHR)
        throw NoPresentation(
            "the window cannot be drawn into by Vulkan: the driver or the display lacks it; try another driver "
            "(VK_DRIVER_FILES)");
    surface_ = reinterpret_cast<VkSurfaceKHR>(made);
}

Surface::~Surface() {
    instance_->vk.vkDestroySurfaceKHR(instance_->instance, surface_, nullptr);
}

std::optional<uint32_t> Surface::family_of(VkPhysicalDevice device) const {
    uint32_t count = 0;
    instance_->vk.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
    std::vector<VkQueueFamilyProperties> families(count);
    instance_->vk.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
    for (uint32_t family = 0; family < count; ++family) {
        VkBool32 shows = VK_FALSE;
        if (!(families[family].queueFlags & VK_QUEUE_GRAPHICS_BIT)) continue;
        if (instance_->vk.vkGetPhysicalDeviceSurfaceSupportKHR(device, family, surface_, &shows) ==
                VK_SUCCESS &&
            shows)
            return family;
    }
    return {};
}

VkSurfaceCapabilitiesKHR Surface::capabilities(VkPhysicalDevice device) const {
    VkSurfaceCapabilitiesKHR capabilities{};
    check(instance_->vk.vkGetPhysicalDeviceSurfaceCapabilitiesKHR(device, surface_, &capabilities),
          loader_name, "asking for the window's size");
    return capabilities;
}

VkSurfaceFormatKHR Surface::format(VkPhysicalDevice device) const {
    const auto formats =
        listed<VkSurfaceFormatKHR>(instance_->vk.vkGetPhysicalDeviceSurfaceFormatsKHR, device, surface_);
    constexpr std::array wanted{VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM,
                                VK_FORMAT_A8B8G8R8_UNORM_PACK32};
    for (const VkFormat format : wanted) {
        const auto found = std::ranges::find(formats, format, &VkSurfaceFormatKHR::format);
        if (found != formats.end()) return *found;
    }
    if (formats.empty()) throw NoPresentation("the window offers no format of pixels");
    return formats.front();
}

}  // namespace vkm::engine
