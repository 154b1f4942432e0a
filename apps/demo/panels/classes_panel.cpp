#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {
namespace {

// Draws the newest pictures of a class in a row; a click with the right button removes one.
void pictures(const Widgets& ui, Parts& parts, const teach::PictureClass& one) {
    const float side = 3.2f * ui.em(), gap = ui.em() * 0.25f, width = ImGui::GetContentRegionAvail().x;
    const auto fit = static_cast<size_t>(std::max(1.0f, (width + gap) / (side + gap)));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const float rounding = ui.em() * 0.25f;
    for (size_t i = 0; i < std::min(fit, one.pictures.size()); ++i) {
        const std::string& file = one.pictures[one.pictures.size() - 1 - i];
        const ImVec2 from{at.x + static_cast<float>(i) * (side + gap), at.y},
            to{from.x + side, from.y + side};
        const Thumbnails::Place place = parts.thumbnails.find(parts.session.path_of(one.name, file));
        if (place)
            draw->AddImageRounded(imgui_texture(place.texture), from, to, {place.u0, place.v0},
                                  {place.u1, place.v1}, IM_COL32_WHITE, rounding);
        else
            draw->AddRectFilled(from, to, packed(ui.palette().raised), rounding);
        ui.screen().note_at("thumbnail", one.name + "/" + file, from.x, from.y, side, side);
        if (ImGui::IsMouseHoveringRect(from, to)) {
            ImGui::SetTooltip("%s\nright click: remove it", file.c_str());
            if (ImGui::IsMouseClicked(ImGuiMouseButton_Right)) parts.session.remove_picture(file);
        }
    }
    if (!one.pictures.empty()) ImGui::Dummy({width, side});
}

void name_of(const Widgets& ui, Parts& parts, View& view, const teach::PictureClass& one) {
    if (view.renamed == one.name) {
        if (ui.text_input("##name", "name", view.new_name, 12 * ui.em())) {
            parts.session.rename_class(one.name, view.new_name);
            view.renamed.clear();
        }
        ImGui::SameLine();
        if (ui.small_button("cancel")) view.renamed.clear();
        return;
    }
    ui.text(one.name + (one.background && one.name != "background" ? "  (background)" : ""));
    ImGui::SameLine();
    ui.faint(fmt::format("{} pictures", one.pictures.size()));
}

void buttons(const Widgets& ui, Parts& parts, View& view, const teach::PictureClass& one, size_t number) {
    const bool can_record = parts.frame.number > 0;
    ui.primary(parts.source_state.moves ? "Hold to record" : "Add this picture", can_record);
    if (can_record && ImGui::IsItemActive()) view.recording = one.name;
    if (number < 9)
        ui.hint(
            fmt::format("Adds what the picture shows to {}; the key {} does the same", one.name, number + 1));
    ImGui::SameLine();
    if (ui.button("…")) ImGui::OpenPopup("more");
    if (!ImGui::BeginPopup("more")) return;
    if (ui.item("Rename", 0)) view.renamed = view.new_name = one.name;
    if (ui.item(one.background ? "No background any more" : "Is the background: none of the others", 1))
        parts.session.set_background(one.name, !one.background);
    if (ui.item("Remove the class and its pictures", 2)) parts.session.remove_class(one.name);
    ImGui::EndPopup();
}

void class_card(const Widgets& ui, Parts& parts, View& view, const teach::PictureClass& one, size_t number) {
    ImGui::PushID(static_cast<int>(number));  // a name may hold what Dear ImGui reads as its own, as "###"
    const ImVec2 from = ImGui::GetCursorScreenPos();
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const float pad = ui.em() * 0.55f, width = ImGui::GetContentRegionAvail().x;
    draw->ChannelsSplit(2);
    draw->ChannelsSetCurrent(1);
    ImGui::BeginGroup();
    ImGui::Dummy({width, pad * 0.4f});
    ImGui::Indent(pad * 1.5f);
    ImGui::PushClipRect(from, {from.x + width - pad, from.y + 1e5f}, true);
    name_of(ui, parts, view, one);
    pictures(ui, parts, one);
    buttons(ui, parts, view, one, number);
    ImGui::PopClipRect();
    ImGui::Unindent(pad * 1.5f);
    ImGui::Dummy({width, pad * 0.4f});
    ImGui::EndGroup();
    draw->ChannelsSetCurrent(0);
    const ImVec2 to{from.x + width, ImGui::GetItemRectMax().y};
    const bool recording = view.recording == one.name;
    draw->AddRectFilled(from, to, packed(ui.palette().paper), ImGui::GetStyle().FrameRounding);
    draw->AddRectFilled(from, {from.x + pad * 0.5f, to.y},
                        recording ? packed(ui.palette().bad) : series(number),
                        ImGui::GetStyle().FrameRounding, ImDrawFlags_RoundCornersLeft);
    draw->ChannelsMerge();
    // What is scrolled out of sight has no height: files dropped there are not meant for it.
    const float top = ImGui::GetWindowPos().y, bottom = top + ImGui::GetWindowSize().y;
    const float y = std::clamp(from.y, top, bottom);
    ui.screen().note_at("class", one.name, from.x, y, width, std::clamp(to.y, top, bottom) - y,
                        static_cast<double>(one.pictures.size()));
    ImGui::PopID();
}

}  // namespace

void classes_panel(const Widgets& ui, Parts& parts, View& view) {
    ui.heading("Classes");
    ImGui::SameLine(ImGui::GetContentRegionAvail().x - 4 * ui.em());
    if (ui.small_button("Undo", !parts.taught->undoable.empty())) parts.session.undo();
    ui.hint(parts.taught->undoable.empty() ? "There is nothing to undo"
                                           : "Undo " + parts.taught->undoable + " (Ctrl+Z)");
    const float add_width = 4.5f * ui.em();
    const bool entered = ui.text_input("##new", "name of a new class", view.new_class,
                                       ImGui::GetContentRegionAvail().x - add_width);
    ImGui::SameLine();
    if ((ui.button("Add", !view.new_class.empty()) || entered) && !view.new_class.empty()) {
        parts.session.add_class(view.new_class, view.new_class == "background");
        view.new_class.clear();
    }
    if (parts.taught->classes->empty())
        ui.wrapped(
            "Name two classes or more. Then hold a class's button to record what the camera sees, or drop pictures "
            "onto the class.",
            ui.palette().faint);
    ImGui::BeginChild("classes");
    for (size_t i = 0; i < parts.taught->classes->size(); ++i)
        class_card(ui, parts, view, (*parts.taught->classes)[i], i);
    ImGui::EndChild();
}

}  // namespace vkm::demo
