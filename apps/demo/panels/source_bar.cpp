#include "panels/panels.h"

#include "opening.h"

namespace vkm::demo {

void source_bar(const Widgets& ui, Parts& parts, View& view) {
    if (ui.button("Camera")) parts.source.open(source_named("camera"));
    ui.hint("Show what the first camera sees");
    for (size_t i = 1; i < parts.cameras.size(); ++i) {
        ImGui::SameLine();
        if (ui.button(parts.cameras[i].filename().string()))
            parts.source.open(source_named("camera:" + parts.cameras[i].string()));
    }
    ImGui::SameLine();
    if (ui.button("Samples")) parts.source.open(samples());
    ui.hint("Show the pictures that are part of the program");
    ImGui::SameLine();
    if (ui.button("Paste")) parts.paste();
    ui.hint("Show the picture or the files of the clipboard (Ctrl+V)");
    ImGui::SameLine();
    const SourceState& source = parts.source_state;
    const bool steps = !source.description.empty() && !source.moves && parts.frame.number > 0;
    const float arrows = steps ? 2 * (ui.em() * 2.6f) : 0;
    const float width = ImGui::GetContentRegionAvail().x - arrows;
    if (view.focus_path) ImGui::SetKeyboardFocusHere();
    view.focus_path = false;
    if (ui.text_input("##path",
                      "A picture, a folder, a video or weights: type a path, or drop files anywhere",
                      view.path, width)) {
        const std::filesystem::path path = typed_path(view.path);
        if (!path.empty()) parts.open({path});
    }
    if (!steps) return;
    ImGui::SameLine();
    if (ui.button("\xe2\x86\x90")) parts.source.step(true);
    ui.hint("The picture before (left arrow key)");
    ImGui::SameLine();
    if (ui.button("\xe2\x86\x92")) parts.source.step(false);
    ui.hint("The next picture (right arrow key)");
}

}  // namespace vkm::demo
