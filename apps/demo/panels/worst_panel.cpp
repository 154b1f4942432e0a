#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {
namespace {

// Returns the class that a picture is in now; nothing where it was removed.
const teach::PictureClass* class_of(const teach::Snapshot& taught, const std::string& file) {
    const auto found = std::ranges::find_if(*taught.classes, [&](const teach::PictureClass& c) {
        return std::ranges::find(c.pictures, file) != c.pictures.end();
    });
    return found == taught.classes->end() ? nullptr : &*found;
}

void relabel_menu(const Widgets& ui, Parts& parts, const std::string& file, const teach::PictureClass& now) {
    if (!ImGui::BeginPopup("relabel")) return;
    ui.heading("It shows");
    int number = 0;
    for (const teach::PictureClass& one : *parts.taught->classes)
        if (ui.item(one.name, number++, one.name == now.name)) parts.session.relabel(file, one.name);
    ImGui::Separator();
    if (ui.item("none of them: remove it", number)) parts.session.remove_picture(file);
    ImGui::EndPopup();
}

void tile(const Widgets& ui, Parts& parts, const teach::Judgement& judgement,
          const teach::Judgement::Picture& picture, const teach::PictureClass& now) {
    ImGui::PushID(picture.file.c_str());
    const float side = 5 * ui.em();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::string& label = judgement.class_names[static_cast<size_t>(picture.label)];
    const std::string& predicted = judgement.class_names[static_cast<size_t>(picture.predicted)];
    const bool hit = picture.label == picture.predicted, moved = now.name != label;
    if (ImGui::InvisibleButton("tile", {side, side + 1.4f * ui.em()})) ImGui::OpenPopup("relabel");
    ui.screen().note("worst", fmt::format("{} {} taken for {}", picture.file, label, predicted), true,
                     picture.loss);
    ui.hint(fmt::format("{}: {} taken for {} ({:.0f} %)\nclick: say what it shows", picture.file, label,
                        predicted, 100 * picture.confidence));
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const ImVec2 to{at.x + side, at.y + side};
    const Thumbnails::Place place = parts.thumbnails.find(parts.session.path_of(now.name, picture.file));
    const float rounding = ui.em() * 0.3f;
    if (place)
        draw->AddImageRounded(imgui_texture(place.texture), at, to, {place.u0, place.v0},
                              {place.u1, place.v1}, IM_COL32_WHITE, rounding);
    else
        draw->AddRectFilled(at, to, packed(ui.palette().raised), rounding);
    draw->AddRect(at, to, packed(hit ? ui.palette().good : ui.palette().bad), rounding, 0, 2);
    draw->PushClipRect({at.x, to.y}, {to.x, to.y + 1.5f * ui.em()}, true);
    draw->AddText({at.x, to.y + ui.em() * 0.2f},
                  packed(moved ? ui.palette().accent
                         : hit ? ui.palette().faint
                               : ui.palette().bad),
                  moved ? ("→ " + now.name).c_str() : predicted.c_str());
    draw->PopClipRect();
    relabel_menu(ui, parts, picture.file, now);
    ImGui::PopID();
    ImGui::SameLine();
}

}  // namespace

void worst_panel(const Widgets& ui, Parts& parts, View&) {
    ui.heading("Hardest pictures: click one to say what it really shows");
    const auto& judgement = parts.taught->progress.judgement;
    ImGui::BeginChild("worst", {0, 0}, false,
                      ImGuiWindowFlags_HorizontalScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    if (judgement)
        for (const teach::Judgement::Picture& picture : judgement->worst)
            if (const teach::PictureClass* const now = class_of(*parts.taught, picture.file))
                tile(ui, parts, *judgement, picture, *now);
    ImGui::EndChild();
}

}  // namespace vkm::demo
