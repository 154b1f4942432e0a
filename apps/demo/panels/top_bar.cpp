#include "panels/panels.h"

namespace vkm::demo {
namespace {

struct TabRow {
    Tab tab;
    const char* label;
    const char* hint;
};
constexpr TabRow tabs[] = {{Tab::live, "Live", "Classify what the camera or a picture shows (Ctrl+1)"},
                           {Tab::teach, "Teach", "Teach the network classes of your own (Ctrl+2)"},
                           {Tab::layers, "Layers", "Where the network's time goes (Ctrl+3)"}};

void tab_button(const Widgets& ui, const TabRow& row, View& view) {
    const bool chosen = view.tab == row.tab;
    const bool pressed = chosen ? ui.primary(row.label) : ui.button(row.label);
    if (pressed) view.tab = row.tab;
    ui.hint(row.hint);
    ImGui::SameLine();
}

}  // namespace

void top_bar(const Widgets& ui, Parts& parts, View& view) {
    for (const TabRow& row : tabs)
        tab_button(ui, row, view);

    std::vector<std::string> devices;
    for (const engine::DeviceSnapshot& device : parts.instance.devices())
        devices.push_back(device.name);
    const std::vector<std::string> precisions{"fp32", "fp16"};
    const char* const theme = view.dark ? "Light" : "Dark";
    const float device_width = 15 * ui.em(), precision_width = 5 * ui.em(),
                theme_width = ImGui::CalcTextSize(theme).x + 2 * ImGui::GetStyle().FramePadding.x;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float right = device_width + precision_width + theme_width + 2 * spacing;
    ImGui::SameLine(ImGui::GetWindowContentRegionMax().x - right);

    LiveChoice choice = parts.choice;
    size_t device = choice.device, precision = choice.half ? 1 : 0;
    bool changed = ui.choice("##device", devices, device, device_width);
    ui.hint("The device that computes");
    ImGui::SameLine();
    changed |= ui.choice("##precision", precisions, precision, precision_width);
    ui.hint("How the network's numbers are stored: fp16 takes half the memory");
    ImGui::SameLine();
    if (changed) {
        choice.device = static_cast<uint32_t>(device);
        choice.half = precision == 1;
        parts.choose(choice);
    }
    if (ui.button(theme)) view.dark = !view.dark;
}

}  // namespace vkm::demo
