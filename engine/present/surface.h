#pragma once

#include <engine/present/presenter.h>
#include <engine/vulkan/instance_handle.h>

#include <optional>

namespace vkm::engine {

/// Owns the VkSurfaceKHR of a window.
class Surface {
  public:
    /// Throws NoPresentation where the window library makes none.
    Surface(std::shared_ptr<InstanceHandle>, const Presenter::MakeSurface&);
    Surface(const Surface&) = delete;
    ~Surface();

    VkSurfaceKHR get() const { return surface_; }

    /// Returns a queue family of the device that draws and shows; nothing where there is none.
    std::optional<uint32_t> family_of(VkPhysicalDevice) const;
    VkSurfaceCapabilitiesKHR capabilities(VkPhysicalDevice) const;
    /// Returns the format to show: 8 bits a colour, stored as they are drawn, where there is one.
    VkSurfaceFormatKHR format(VkPhysicalDevice) const;

  private:
    std::shared_ptr<InstanceHandle> instance_;
    VkSurfaceKHR surface_ = VK_NULL_HANDLE;
};

}  // namespace vkm::engine
