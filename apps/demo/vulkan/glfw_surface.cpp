// The one file above engine/ that sees Vulkan's headers: GLFW declares its function that makes a surface behind them.
#define GLFW_INCLUDE_VULKAN
#include <GLFW/glfw3.h>

#include "vulkan/glfw_surface.h"

namespace vkm::demo {

std::vector<std::string> window_extensions() {
    uint32_t count = 0;
    const char** const names = glfwGetRequiredInstanceExtensions(&count);
    return {names, names + (names ? count : 0)};
}

uint64_t make_surface(void* instance, GLFWwindow* window) {
    VkSurfaceKHR surface = VK_NULL_HANDLE;
    if (glfwCreateWindowSurface(static_cast<VkInstance>(instance), window, nullptr, &surface) != VK_SUCCESS)
        return 0;
    return reinterpret_cast<uint64_t>(surface);
}

}  // namespace vkm::demo
