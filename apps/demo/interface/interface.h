#pragma once

#include "interface/letters.h"
#include "interface/screen.h"
#include "interface/widgets.h"
#include "window/window.h"

#include <engine/present/presenter.h>

namespace vkm::demo {

/// Joins Dear ImGui with the window and with what shows its triangles. One at a time, on the main thread.
class Interface {
  public:
    Interface(Window&, engine::Presenter&);
    ~Interface();
    Interface(const Interface&) = delete;

    /// Says that the text will be drawn, so that its letters are there.
    void will_draw(const std::string& text) { letters_missing_ |= letters_.take(text); }

    /// Begins a picture; false where the window has no pixels.
    bool begin(bool dark);
    /// Shows the picture.
    void end();

    /// Returns the elements in the look of the picture that was begun.
    Widgets widgets() { return {screen_, *palette_, large_}; }
    Screen& screen() { return screen_; }
    float scale() const { return scale_; }

  private:
    void make_font();

    Window& window_;
    engine::Presenter& presenter_;
    Screen screen_;
    Letters letters_;
    const Palette* palette_ = nullptr;
    ImFont* large_ = nullptr;
    float scale_ = 0;
    bool letters_missing_ = false;
    engine::TextureId font_{};
    std::vector<engine::DrawVertex> vertices_;
    std::vector<engine::DrawIndex> indices_;
    std::vector<engine::DrawCommand> commands_;
};

/// Returns a texture as Dear ImGui's widgets take it.
inline ImTextureID imgui_texture(engine::TextureId id) {
    return reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(id));
}

}  // namespace vkm::demo
