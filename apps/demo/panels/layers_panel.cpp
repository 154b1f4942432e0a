#include "panels/panels.h"

namespace vkm::demo {
namespace {

// What is faster than the device's memory came out of its caches.
std::string roof_text(const LayerTime& layer) {
    if (layer.of_roof > 1) return fmt::format("above {}: cached", layer.roof);
    return fmt::format("{:.0f} % of {}", 100 * layer.of_roof, layer.roof);
}

void row(const Widgets& ui, const LayerTime& layer, double slowest) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x, line = ImGui::GetTextLineHeight() + ui.em() * 0.35f;
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const auto amount = static_cast<float>(layer.microseconds / slowest);
    const float text_y = at.y + ui.em() * 0.17f;
    draw->AddRectFilled(at, {at.x + ui.em() * 0.5f, at.y + line - 1}, packed(heat(amount)));
    draw->AddRectFilled({at.x + ui.em() * 0.5f, at.y},
                        {at.x + ui.em() * 0.5f + amount * width * 0.45f, at.y + line - 1},
                        packed(heat(amount), 0.28f));
    const auto put = [&](float share, const std::string& text, const ImVec4& colour) {
        draw->AddText({at.x + share * width, text_y}, packed(colour), text.c_str());
    };
    draw->AddText({at.x + ui.em(), text_y}, packed(ui.palette().text), layer.layer.c_str());
    put(0.46f, layer.operation, ui.palette().faint);
    put(0.68f, fmt::format("{:.0f} µs", layer.microseconds), ui.palette().text);
    put(0.78f, fmt::format("{:.1f} %", 100 * layer.share), ui.palette().faint);
    if (!layer.roof.empty()) put(0.86f, roof_text(layer), ui.palette().faint);
    ImGui::Dummy({width, line});
    ui.screen().note("layer", layer.layer + " " + layer.operation, true, layer.microseconds);
}

}  // namespace

void layers_panel(const Widgets& ui, Parts& parts, View&) {
    const auto state = parts.layers.state();
    begin_card("layers", ImGui::GetContentRegionAvail());
    const bool can = parts.now->model && !state->measuring;
    if (ui.primary(state->layers.empty() ? "Measure" : "Measure again", can))
        parts.layers.measure(parts.now->model->choice);
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    if (state->measuring)
        ui.faint(state->doing + " …");
    else if (!state->layers.empty())
        ui.text(fmt::format("{} on {}: {:.2f} ms in {} layers", state->model, state->device,
                            state->microseconds / 1000, state->layers.size()));
    else
        ui.faint("Time every layer, and see how near it comes to what the device can do");
    if (!state->problem.empty()) ui.problem(state->problem);
    ImGui::Spacing();
    double slowest = 1e-9;
    for (const LayerTime& layer : state->layers)
        slowest = std::max(slowest, layer.microseconds);
    ImGui::BeginChild("list");
    for (const LayerTime& layer : state->layers)
        row(ui, layer, slowest);
    ImGui::EndChild();
    ImGui::EndChild();
}

}  // namespace vkm::demo
