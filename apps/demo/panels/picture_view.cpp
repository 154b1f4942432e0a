#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {
namespace {

void empty_view(const Widgets& ui, const Parts& parts, ImVec2 at, ImVec2 size) {
    const std::string text =
        parts.source_state.opening ? "Opening …" : "Drop a picture, a folder or a video here";
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
    const ImVec2 place{at.x + (size.x - extent.x) / 2, at.y + (size.y - extent.y) / 2};
    ImGui::GetWindowDrawList()->AddText(place, packed(ui.palette().faint), text.c_str());
    ui.screen().note_at("text", text, place.x, place.y, extent.x, extent.y);
}

}  // namespace

void picture_view(const Widgets& ui, Parts& parts, const View& view, ImVec2 size) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const float rounding = ImGui::GetStyle().ChildRounding;
    const ImVec2 end{at.x + size.x, at.y + size.y};
    const auto fill = [&](ImVec2 from, ImVec2 to, ImDrawFlags corners) {
        if (from.x < to.x && from.y < to.y)
            draw->AddRectFilled(from, to, packed(ui.palette().raised), rounding, corners);
    };
    const bool heat = view.heat && parts.now->result && parts.now->result->heat &&
                      parts.heat.texture() != engine::TextureId{};
    const ShownPicture& picture = heat ? parts.heat : parts.picture;
    if (picture.texture() == engine::TextureId{}) {
        fill(at, end, ImDrawFlags_RoundCornersAll);
        empty_view(ui, parts, at, size);
    } else {
        const float scale = std::min(size.x / static_cast<float>(picture.width()),
                                     size.y / static_cast<float>(picture.height()));
        const ImVec2 shown{scale * static_cast<float>(picture.width()),
                           scale * static_cast<float>(picture.height())};
        const ImVec2 from{at.x + (size.x - shown.x) / 2, at.y + (size.y - shown.y) / 2},
            to{from.x + shown.x, from.y + shown.y};
        // Nothing is drawn that the picture hides: where a processor draws, pixels are what it costs. The ground reaches
        // under the picture's round corners.
        fill(at, {from.x + rounding, end.y}, ImDrawFlags_RoundCornersLeft);
        fill({to.x - rounding, at.y}, end, ImDrawFlags_RoundCornersRight);
        const float left = from.x + rounding - 1, right = to.x - rounding + 1;  // over their soft edges
        fill({left, at.y}, {right, from.y + rounding}, ImDrawFlags_RoundCornersNone);
        fill({left, to.y - rounding}, {right, end.y}, ImDrawFlags_RoundCornersNone);
        draw->AddImageRounded(imgui_texture(picture.texture()), from, to, {0, 0}, {1, 1}, IM_COL32_WHITE,
                              rounding);
        ui.screen().note_at(heat ? "heat map" : "picture", parts.frame.name, from.x, from.y, shown.x,
                            shown.y);
    }
    ImGui::Dummy(size);
}

}  // namespace vkm::demo
