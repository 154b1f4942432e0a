#pragma once

#include <base/error.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct GLFWwindow;

namespace vkm::demo {

/// Says that there is no display to open a window on.
class NoDisplay : public Error {
  public:
    using Error::Error;
};

/// Owns the program's window. One at a time, on the main thread.
class Window {
  public:
    /// Throws NoDisplay.
    Window(const std::string& title, int width, int height);
    ~Window();
    Window(const Window&) = delete;

    GLFWwindow* handle() const { return window_; }

    struct Size {
        int width = 0, height = 0;
        bool operator==(const Size&) const = default;
    };
    Size pixels() const;
    /// Returns how much larger than usual everything is to be drawn: 2 on a display of twice as many dots an inch.
    float scale() const;

    bool wants_to_close() const;
    void close();

    /// Waits for something to happen, at most so long.
    void wait_for_events(double seconds) const;
    /// Ends such a wait. Any thread may call it.
    static void wake();

    /// Returns what was dropped onto the window since the last call, and where.
    struct Drop {
        std::vector<std::filesystem::path> files = {};
        float x = 0, y = 0;  ///< pixels
    };
    Drop take_drop();
    /// Returns the keys that went down since the last call, in order. Dear ImGui, which looks at each key once a
    /// picture, misses those that were up again by then.
    struct Key {
        int key = 0;  ///< GLFW_KEY_…
        bool control = false, repeated = false;
    };
    std::vector<Key> take_keys();
    /// Returns whether a key is held.
    bool is_down(int key) const;
    /// Returns whether there was input since the last call.
    bool take_input();

    std::string clipboard_text() const;

  private:
    GLFWwindow* window_ = nullptr;
    Drop drop_;
    std::vector<Key> keys_;
    bool input_ = true;
};

}  // namespace vkm::demo
