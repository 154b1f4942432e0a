#include "panels/panels.h"

namespace vkm::demo {
namespace {

constexpr const char* take_away = "\xc3\x97##notice";

bool has_notice(const Parts& parts, const View& view) {
    return parts.taught->notice.number > view.notices_seen;
}

// Returns what is wrong and is not shown where it belongs, which is on the live panel.
std::vector<std::string> problems_elsewhere(const Parts& parts, const View& view) {
    std::vector<std::string> problems;
    if (view.tab == Tab::live) return problems;
    for (const std::string& problem : {parts.source_state.problem, parts.now->choice_problem}) {
        const bool told = has_notice(parts, view) && parts.taught->notice.text == problem;
        if (!problem.empty() && !told) problems.push_back(problem);
    }
    return problems;
}

float height_of(const std::string& text, float width) {
    return ImGui::CalcTextSize(text.c_str(), nullptr, false, width).y + ImGui::GetStyle().ItemSpacing.y;
}

void notice_line(const Widgets& ui, const teach::Notice& notice, View& view) {
    if (ui.small_button(take_away)) view.notices_seen = notice.number;
    ui.hint("Take this line away");
    ImGui::SameLine();
    ui.wrapped(notice.text, notice.error ? ui.palette().bad : ui.palette().good,
               notice.error ? "problem" : "notice");
}

void source_line(const Widgets& ui, const SourceState& source) {
    std::string text = source.description.empty() ? "no source" : source.description;
    if (source.moves && source.frames_per_second > 0)
        text += fmt::format(", {:.0f} pictures/s", source.frames_per_second);
    ui.faint(text);
}

}  // namespace

float status_height(const Widgets& ui, const Parts& parts, const View& view) {
    const float width = std::max(1.0f, ImGui::GetContentRegionAvail().x - 2 * ui.em());
    float height = 0;
    if (has_notice(parts, view)) height += height_of(parts.taught->notice.text, width);
    for (const std::string& problem : problems_elsewhere(parts, view))
        height += height_of(problem, width);
    return std::max(height, ImGui::GetTextLineHeightWithSpacing());
}

void status_line(const Widgets& ui, Parts& parts, View& view) {
    const std::vector<std::string> problems = problems_elsewhere(parts, view);
    if (!has_notice(parts, view) && problems.empty()) source_line(ui, parts.source_state);
    for (const std::string& problem : problems)
        ui.problem(problem);
    if (has_notice(parts, view)) notice_line(ui, parts.taught->notice, view);
}

}  // namespace vkm::demo
