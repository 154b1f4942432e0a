#include "panels/panels.h"

#include <algorithm>

namespace vkm::demo {
namespace {

bool is_background(const Parts& parts, const std::string& name) {
    return std::ranges::any_of(*parts.taught->classes,
                               [&](const teach::PictureClass& c) { return c.background && c.name == name; });
}

}  // namespace

void result_bars(const Widgets& ui, const Parts& parts, const View& view) {
    const LiveState& now = *parts.now;
    for (const std::string& problem : {now.choice_problem, now.problem})
        if (!problem.empty()) ui.problem(problem);
    if (now.loading) {
        ui.progress(static_cast<float>(now.loading_share),
                    fmt::format("Preparing {} … {:.0f} %", now.loading_what, 100 * now.loading_share));
    } else if (!now.model) {
        ui.faint("There is no network yet:");
        ui.wrapped(
            "Drop a weights file onto the window (.safetensors, .pth, .onnx, .tflite, …), or teach one.",
            ui.palette().faint);
    }
    if (!now.result) return;
    const auto& top = now.result->classes.top;
    const infer::Prediction& first = top.front();
    ui.title(is_background(parts, first.name) ? "nothing known" : first.name);
    int shown = 0;
    for (const infer::Prediction& one : top) {
        if (shown == view.most || (shown > 0 && one.probability < static_cast<double>(view.threshold))) break;
        const bool sure = one.probability >= static_cast<double>(view.threshold);
        ui.bar(one.name, fmt::format("{:.1f} %", 100 * one.probability), static_cast<float>(one.probability),
               shown == 0 && sure ? packed(ui.palette().accent) : packed(ui.palette().faint), "result");
        ++shown;
    }
}

}  // namespace vkm::demo
