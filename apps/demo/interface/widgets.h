#pragma once

#include "interface/palette.h"
#include "interface/screen.h"

#include <span>
#include <string>

namespace vkm::demo {

/// Draws the interface's elements, and notes each on the screen's description. One look for all panels.
class Widgets {
  public:
    Widgets(Screen& screen, const Palette& palette, ImFont* large)
        : screen_(screen), palette_(palette), large_(large) {}

    const Palette& palette() const { return palette_; }
    Screen& screen() const { return screen_; }

    void heading(const std::string&) const;
    void title(const std::string&) const;  ///< in large letters
    void text(const std::string&) const;
    void faint(const std::string&) const;
    void wrapped(const std::string&, const ImVec4& colour, const char* role = "text") const;
    void problem(const std::string&) const;

    /// A label needs to be unique in its window; what follows "##" is not shown.
    bool button(const std::string& label, bool enabled = true) const;
    bool primary(const std::string& label, bool enabled = true, float width = 0) const;
    bool small_button(const std::string& label, bool enabled = true) const;
    bool toggle(const std::string& label, bool& on) const;
    bool radio(const std::string& label, bool on) const;
    /// Returns whether another of the items was chosen.
    bool choice(const std::string& label, std::span<const std::string> items, size_t& chosen,
                float width) const;
    /// A line of a menu, with its number there: unlike a label it may be any text. Returns whether it was chosen.
    bool item(const std::string& text, int number, bool marked = false) const;
    bool slider(const std::string& label, float& value, float from, float to, const char* format) const;
    bool whole_number(const std::string& label, int& value, int from, int to, float width) const;
    /// Returns whether the text was entered.
    bool text_input(const std::string& label, const char* hint, std::string& text, float width) const;

    /// A bar of a share from 0 to 1 with a text at its left and one at its right.
    void bar(const std::string& left, const std::string& right, float share, ImU32 colour,
             const char* role) const;
    void progress(float share, const std::string& text) const;
    /// Shows what a thing is for while the mouse rests on the last one.
    void hint(const std::string&) const;

    float em() const { return ImGui::GetFontSize(); }

  private:
    Screen& screen_;
    const Palette& palette_;
    ImFont* large_;
};

/// Begins a card: a framed part of the window. Ends with ImGui::EndChild().
void begin_card(const char* name, ImVec2 size, bool scrolls = true);

}  // namespace vkm::demo
