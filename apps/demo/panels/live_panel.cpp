#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {
namespace {

void numbers(const Widgets& ui, const Parts& parts) {
    const LiveState& now = *parts.now;
    if (now.result)
        ui.text(fmt::format("{:.1f} ms a frame, {:.1f} frames/s", now.result->milliseconds,
                            now.frames_per_second));
    else
        ui.faint("no frames yet");
    time_graph(ui, parts, 5 * ui.em());
}

void knobs(const Widgets& ui, Parts& parts, View& view) {
    ui.heading("Show");
    ImGui::PushItemWidth(-7.5f * ui.em());
    float percent = 100 * view.threshold;
    if (ui.slider("threshold", percent, 0, 100, "%.0f %%")) view.threshold = percent / 100;
    float most = static_cast<float>(view.most);
    if (ui.slider("classes", most, 1, 10, "%.0f")) view.most = static_cast<int>(most + 0.5f);
    ImGui::PopItemWidth();
    if (ui.toggle("heat map", view.heat)) parts.live.explain(view.heat);
    ui.hint("Show where in the picture the network sees the first class (H)");
    ImGui::SameLine();
    if (ui.toggle("at full speed", view.repeat)) parts.live.repeat(view.repeat);
    ui.hint("Classify the same picture again and again, to measure");
}

void about(const Widgets& ui, const Parts& parts) {
    const LiveState& now = *parts.now;
    if (!now.model) return;
    ui.heading("Network");
    ui.wrapped(now.model->name, ui.palette().text);
    ui.wrapped(
        fmt::format("{} classes, of {}", now.model->classes, now.model->choice.weights.filename().string()),
        ui.palette().faint);
    ui.wrapped(fmt::format("{}, {}", now.model->device, now.model->choice.half ? "fp16" : "fp32"),
               ui.palette().faint);
}

}  // namespace

void live_panel(const Widgets& ui, Parts& parts, View& view) {
    const ImVec2 space = ImGui::GetContentRegionAvail();
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float side = std::clamp(space.x * 0.3f, 17 * ui.em(), 25 * ui.em());
    begin_card("picture", {space.x - side - spacing, space.y}, false);
    source_bar(ui, parts, view);
    const bool named = !parts.frame.name.empty() || !parts.source_state.problem.empty();
    const ImVec2 left = ImGui::GetContentRegionAvail();
    const float caption = named ? ImGui::GetTextLineHeightWithSpacing() : 0;
    picture_view(ui, parts, view, {left.x, std::max(1.0f, left.y - caption)});
    if (!parts.source_state.problem.empty())
        ui.problem(parts.source_state.problem);
    else if (named)
        ui.faint(parts.frame.name);
    ImGui::EndChild();
    ImGui::SameLine();
    begin_card("results", {side, space.y});
    result_bars(ui, parts, view);
    ImGui::Spacing();
    ImGui::Separator();
    numbers(ui, parts);
    ImGui::Separator();
    knobs(ui, parts, view);
    ImGui::Separator();
    about(ui, parts);
    ImGui::EndChild();
}

}  // namespace vkm::demo
