#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {

namespace {

constexpr float least_width = 62, least_height = 36;  // in letters' heights: less shows no control whole

void cards(const Widgets& ui, Parts& parts, View& view, ImVec2 space) {
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    const float left = std::clamp(space.x * 0.26f, 17 * ui.em(), 26 * ui.em()),
                right = std::clamp(space.x * 0.25f, 15 * ui.em(), 24 * ui.em()),
                middle = space.x - left - right - 2 * gap;
    begin_card("classes-card", {left, space.y}, false);
    classes_panel(ui, parts, view);
    ImGui::EndChild();
    ImGui::SameLine();

    ImGui::BeginGroup();
    const float worst = 10.6f * ui.em();
    begin_card("lesson-card", {middle, space.y - worst - ImGui::GetStyle().ItemSpacing.y});
    source_bar(ui, parts, view);
    const float picture = std::max(6 * ui.em(), ImGui::GetContentRegionAvail().y - 20 * ui.em());
    picture_view(ui, parts, view, {ImGui::GetContentRegionAvail().x, picture});
    lesson_panel(ui, parts, view);
    curves_panel(ui, parts, std::max(5 * ui.em(), ImGui::GetContentRegionAvail().y - ui.em() * 2));
    ImGui::EndChild();
    begin_card("worst-card", {middle, worst}, false);
    worst_panel(ui, parts, view);
    ImGui::EndChild();
    ImGui::EndGroup();
    ImGui::SameLine();

    begin_card("judgement-card", {right, space.y});
    judgement_panel(ui, parts);
    ImGui::EndChild();
}

}  // namespace

// In a small window the cards keep their size, and are scrolled.
void teach_panel(const Widgets& ui, Parts& parts, View& view) {
    const ImVec2 space = ImGui::GetContentRegionAvail(),
                 least{std::max(space.x, least_width * ui.em()), std::max(space.y, least_height * ui.em())};
    if (least.x == space.x && least.y == space.y) return cards(ui, parts, view, space);
    ImGui::BeginChild("scrolled", space, false, ImGuiWindowFlags_HorizontalScrollbar);
    cards(ui, parts, view, least);
    ImGui::EndChild();
}

}  // namespace vkm::demo
