#include "panels/panels.h"

#include <algorithm>
#include <cmath>

namespace vkm::demo {
namespace {

// A chart's frame, and where values lie in it.
struct Axes {
    ImVec2 at, size;
    double steps, most;

    ImVec2 place(double step, double value) const {
        return {at.x + size.x * static_cast<float>(step / std::max(1.0, steps)),
                at.y + size.y * (1 - static_cast<float>(std::clamp(value / most, 0.0, 1.0)))};
    }
};

template <typename Points, typename Value>
void line(ImDrawList* draw, const Axes& axes, const Points& points, Value value, ImU32 colour,
          float thickness, bool dots) {
    std::vector<ImVec2> places;
    for (const auto& point : points)
        places.push_back(axes.place(static_cast<double>(point.step), value(point)));
    draw->AddPolyline(places.data(), static_cast<int>(places.size()), colour, 0, thickness);
    if (dots)
        for (const ImVec2& place : places)
            draw->AddCircleFilled(place, thickness * 1.6f, colour);
}

void frame(const Widgets& ui, ImDrawList* draw, const Axes& axes, const std::string& name,
           const std::string& most) {
    const ImVec2 to{axes.at.x + axes.size.x, axes.at.y + axes.size.y};
    draw->AddRectFilled(axes.at, to, packed(ui.palette().paper), ImGui::GetStyle().FrameRounding);
    for (int i = 1; i < 4; ++i) {
        const float y = axes.at.y + axes.size.y * static_cast<float>(i) / 4;
        draw->AddLine({axes.at.x, y}, {to.x, y}, packed(ui.palette().line, 0.6f));
    }
    const float inset = ui.em() * 0.4f;
    draw->AddText({axes.at.x + inset, axes.at.y + inset * 0.5f}, packed(ui.palette().faint), most.c_str());
    const float width = ImGui::CalcTextSize(name.c_str()).x;
    draw->AddText({to.x - width - inset, axes.at.y + inset * 0.5f}, packed(ui.palette().faint), name.c_str());
}

double largest(const teach::Curves& curves) {
    double most = 0.1;
    for (const auto& step : curves.steps)
        most = std::max(most, step.loss);
    for (const auto& validation : curves.validations)
        most = std::max(most, validation.loss);
    return most * 1.05;
}

void legend(const Widgets& ui, ImU32 colour, const std::string& text) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float side = ui.em() * 0.6f;
    ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + ui.em() * 0.3f},
                                              {at.x + side, at.y + ui.em() * 0.3f + side}, colour, 2);
    ImGui::Dummy({side, ui.em()});
    ImGui::SameLine();
    ui.faint(text);
    ImGui::SameLine();
}

}  // namespace

void curves_panel(const Widgets& ui, const Parts& parts, float height) {
    const teach::Progress& progress = parts.taught->progress;
    const teach::Curves& curves = *progress.curves;
    const ImU32 training = packed(ui.palette().accent), held_out = packed(ui.palette().warn);
    legend(ui, training, "taught pictures");
    legend(ui, held_out, "held-out pictures");
    if (!curves.validations.empty()) {
        const auto& last = curves.validations.back();
        ui.text(fmt::format("held out: {:.1f} % right, loss {:.3f}", 100 * last.top1, last.loss));
    } else {
        ImGui::NewLine();
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float gap = ui.em() * 0.6f, width = (ImGui::GetContentRegionAvail().x - gap) / 2;
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    double steps = static_cast<double>(progress.steps);
    if (!curves.steps.empty()) steps = std::max(steps, static_cast<double>(curves.steps.back().step));
    const Axes loss{at, {width, height}, steps, largest(curves)},
        right{{at.x + width + gap, at.y}, {width, height}, steps, 1.02};
    frame(ui, draw, loss, "loss", fmt::format("{:.2f}", loss.most));
    frame(ui, draw, right, "right", "100 %");
    draw->PushClipRect(at, {at.x + 2 * width + gap, at.y + height}, true);
    const float thick = ui.em() * 0.12f;
    line(
        draw, loss, curves.steps, [](const auto& s) { return s.loss; }, training, thick, false);
    line(
        draw, loss, curves.validations, [](const auto& v) { return v.loss; }, held_out, thick, true);
    line(
        draw, right, curves.steps, [](const auto& s) { return s.top1; }, packed(ui.palette().accent, 0.5f),
        thick, false);
    line(
        draw, right, curves.validations, [](const auto& v) { return v.top1; }, held_out, thick, true);
    draw->PopClipRect();
    ImGui::Dummy({2 * width + gap, height});
    ui.screen().note_at("curve", "loss", at.x, at.y, width, height, static_cast<double>(curves.steps.size()));
    ui.screen().note_at("curve", "right", right.at.x, at.y, width, height,
                        static_cast<double>(curves.validations.size()));
}

}  // namespace vkm::demo
