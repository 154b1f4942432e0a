#include "panels/panels.h"

#include <algorithm>
#include <cmath>

namespace vkm::demo {
namespace {

// Returns a round number that is not below: 1, 2 or 5 times a power of ten.
float round_above(float value) {
    const float power = std::pow(10.0f, std::floor(std::log10(std::max(value, 1e-3f))));
    for (const float factor : {1.0f, 2.0f, 5.0f, 10.0f})
        if (value <= factor * power) return factor * power;
    return 10 * power;
}

}  // namespace

void time_graph(const Widgets& ui, const Parts& parts, float height) {
    const std::vector<float>& times = parts.now->recent_ms;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    draw->AddRectFilled(at, {at.x + width, at.y + height}, packed(ui.palette().raised),
                        ImGui::GetStyle().FrameRounding);
    if (!times.empty()) {
        const float most = round_above(*std::ranges::max_element(times));
        constexpr size_t columns = 120;
        const float column = width / columns;
        const size_t first = times.size() > columns ? times.size() - columns : 0;
        for (size_t i = first; i < times.size(); ++i) {
            const float x = at.x + static_cast<float>(i - first + columns - (times.size() - first)) * column;
            const float y = at.y + height - height * 0.92f * times[i] / most;
            draw->AddRectFilled({x, y}, {x + std::max(1.0f, column - 1), at.y + height},
                                packed(ui.palette().accent, 0.85f));
        }
        const std::string scale = fmt::format("{:g} ms", most);
        draw->AddText({at.x + ui.em() * 0.4f, at.y + ui.em() * 0.15f}, packed(ui.palette().faint),
                      scale.c_str());
    }
    ImGui::Dummy({width, height});
    ui.screen().note("graph", "times of frames", true, static_cast<double>(times.size()));
}

}  // namespace vkm::demo
