#include "panels/panels.h"

namespace vkm::demo {

void status_line(const Widgets& ui, Parts& parts, View& view) {
    const teach::Notice& notice = parts.taught->notice;
    if (notice.number > view.notices_seen) {
        if (ui.small_button("\xc3\x97##notice")) view.notices_seen = notice.number;
        ui.hint("Take this line away");
        ImGui::SameLine();
        ui.wrapped(notice.text, notice.error ? ui.palette().bad : ui.palette().good,
                   notice.error ? "problem" : "notice");
        return;
    }
    std::string text = parts.source_state.description.empty() ? "no source" : parts.source_state.description;
    if (parts.source_state.moves && parts.source_state.frames_per_second > 0)
        text += fmt::format(", {:.0f} pictures/s", parts.source_state.frames_per_second);
    if (!parts.source_state.problem.empty() && view.tab != Tab::live)
        ui.problem(parts.source_state.problem);
    else
        ui.faint(text);
}

}  // namespace vkm::demo
