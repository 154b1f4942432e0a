#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vkm::demo {

/// Describes one thing that the window shows, as a screen reader would.
struct ScreenItem {
    std::string role;  ///< "button", "text", "result", …
    std::string text;
    float x = 0, y = 0, width = 0, height = 0;  ///< pixels of the window
    bool enabled = true;
    double value = 0;  ///< of a bar or a slider
};

/// Collects what the window shows while it is drawn.
class Screen {
  public:
    void begin() { items_.clear(); }
    /// Notes the last item that Dear ImGui was given, unless it is scrolled out of sight.
    void note(std::string_view role, std::string_view text, bool enabled = true, double value = 0);
    /// Notes something that was drawn by hand.
    void note_at(std::string_view role, std::string_view text, float x, float y, float width, float height,
                 double value = 0);

    const std::vector<ScreenItem>& items() const { return items_; }
    /// Returns all of it as JSON: {"width":…,"height":…,"items":[…]}.
    std::string json(int width, int height) const;

  private:
    std::vector<ScreenItem> items_;
};

}  // namespace vkm::demo
