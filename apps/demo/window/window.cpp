#include "window/window.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <utility>

namespace vkm::demo {
namespace {

std::string glfw_problem() {
    const char* text = nullptr;
    glfwGetError(&text);
    return text ? text : "no reason given";
}

Window& of(GLFWwindow* window) {
    return *static_cast<Window*>(glfwGetWindowUserPointer(window));
}

}  // namespace

Window::Window(const std::string& title, int width, int height) {
    if (!glfwInit())
        throw NoDisplay(
            "there is no display to open a window on ({}): set DISPLAY or WAYLAND_DISPLAY, or use the "
            "command line, `vkmbv3 predict`",
            glfw_problem());
    glfwWindowHint(GLFW_CLIENT_API, GLFW_NO_API);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
    window_ = glfwCreateWindow(width, height, title.c_str(), nullptr, nullptr);
    if (window_ == nullptr) {
        const std::string problem = glfw_problem();
        glfwTerminate();
        throw NoDisplay("the window cannot be opened: {}", problem);
    }
    glfwSetWindowUserPointer(window_, this);
    glfwSetDropCallback(window_, [](GLFWwindow* window, int count, const char** paths) {
        Window& self = of(window);
        double x = 0, y = 0;
        glfwGetCursorPos(window, &x, &y);
        self.drop_ = {{paths, paths + count}, static_cast<float>(x), static_cast<float>(y)};
        self.input_ = true;
    });
    // Dear ImGui's own handlers call these.
    glfwSetKeyCallback(window_, [](GLFWwindow* w, int key, int, int action, int modifiers) {
        if (action != GLFW_RELEASE)
            of(w).keys_.push_back({key, (modifiers & GLFW_MOD_CONTROL) != 0, action == GLFW_REPEAT});
        of(w).input_ = true;
    });
    glfwSetCharCallback(window_, [](GLFWwindow* w, unsigned) { of(w).input_ = true; });
    glfwSetMouseButtonCallback(window_, [](GLFWwindow* w, int, int, int) { of(w).input_ = true; });
    glfwSetScrollCallback(window_, [](GLFWwindow* w, double, double) { of(w).input_ = true; });
    glfwSetCursorPosCallback(window_, [](GLFWwindow* w, double, double) { of(w).input_ = true; });
    glfwSetWindowFocusCallback(window_, [](GLFWwindow* w, int) { of(w).input_ = true; });
    glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* w, int, int) { of(w).input_ = true; });
    glfwSetWindowRefreshCallback(window_, [](GLFWwindow* w) { of(w).input_ = true; });
}

Window::~Window() {
    glfwDestroyWindow(window_);
    glfwTerminate();
}

Window::Size Window::pixels() const {
    Size size;
    glfwGetFramebufferSize(window_, &size.width, &size.height);
    return size;
}

float Window::scale() const {
    float x = 1, y = 1;
    glfwGetWindowContentScale(window_, &x, &y);
    return std::clamp(x, 0.5f, 4.0f);
}

bool Window::wants_to_close() const {
    return glfwWindowShouldClose(window_);
}
void Window::close() {
    glfwSetWindowShouldClose(window_, GLFW_TRUE);
}

void Window::wait_for_events(double seconds) const {
    if (seconds > 0)
        glfwWaitEventsTimeout(seconds);
    else
        glfwPollEvents();
}
void Window::wake() {
    glfwPostEmptyEvent();
}

Window::Drop Window::take_drop() {
    return std::exchange(drop_, {});
}
std::vector<Window::Key> Window::take_keys() {
    return std::exchange(keys_, {});
}
bool Window::is_down(int key) const {
    return glfwGetKey(window_, key) == GLFW_PRESS;
}
bool Window::take_input() {
    return std::exchange(input_, false);
}

std::string Window::clipboard_text() const {
    const char* const text = glfwGetClipboardString(window_);
    glfwGetError(nullptr);  // that there is no text is no error
    return text ? text : "";
}

}  // namespace vkm::demo
