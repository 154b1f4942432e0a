#pragma once

#include <cstdint>
#include <string>
#include <vector>

struct GLFWwindow;

namespace vkm::demo {

/// Returns the instance extensions that GLFW needs to show pictures; none where there is no Vulkan or no display.
std::vector<std::string> window_extensions();

/// Makes a window's VkSurfaceKHR for a VkInstance, both as engine::Presenter has them; 0 where GLFW cannot.
uint64_t make_surface(void* instance, GLFWwindow*);

}  // namespace vkm::demo
