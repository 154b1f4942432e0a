#include "interface/screen.h"

#include <imgui.h>
#include <nlohmann/json.hpp>

namespace vkm::demo {

void Screen::note(std::string_view role, std::string_view text, bool enabled, double value) {
    if (!ImGui::IsItemVisible()) return;
    const ImVec2 from = ImGui::GetItemRectMin(), size = ImGui::GetItemRectSize();
    items_.push_back({std::string(role), std::string(text), from.x, from.y, size.x, size.y, enabled, value});
}

void Screen::note_at(std::string_view role, std::string_view text, float x, float y, float width,
                     float height, double value) {
    items_.push_back({std::string(role), std::string(text), x, y, width, height, true, value});
}

std::string Screen::json(int width, int height) const {
    nlohmann::json items = nlohmann::json::array();
    for (const ScreenItem& item : items_)
        items.push_back({{"role", item.role},
                         {"text", item.text},
                         {"rectangle", {item.x, item.y, item.width, item.height}},
                         {"enabled", item.enabled},
                         {"value", item.value}});
    return nlohmann::json{{"width", width}, {"height", height}, {"items", items}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace vkm::demo
