#include "interface/widgets.h"

#include <imgui_stdlib.h>

#include <algorithm>

namespace vkm::demo {
namespace {

// Returns a label without what follows "##".
std::string_view shown(const std::string& label) {
    return std::string_view(label).substr(0, label.find("##"));
}

}  // namespace

void Widgets::heading(const std::string& text) const {
    ImGui::PushStyleColor(ImGuiCol_Text, palette_.faint);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopStyleColor();
    screen_.note("heading", text);
}

void Widgets::title(const std::string& text) const {
    ImGui::PushFont(large_);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopFont();
    screen_.note("title", text);
}

void Widgets::text(const std::string& text) const {
    ImGui::TextUnformatted(text.c_str());
    screen_.note("text", text);
}

void Widgets::faint(const std::string& text) const {
    ImGui::PushStyleColor(ImGuiCol_Text, palette_.faint);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopStyleColor();
    screen_.note("text", text);
}

void Widgets::wrapped(const std::string& text, const ImVec4& colour, const char* role) const {
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
    screen_.note(role, text);
}

void Widgets::problem(const std::string& text) const {
    wrapped(text, palette_.bad, "problem");
}

bool Widgets::button(const std::string& label, bool enabled) const {
    ImGui::BeginDisabled(!enabled);
    const bool pressed = ImGui::Button(label.c_str());
    ImGui::EndDisabled();
    screen_.note("button", shown(label), enabled);
    return pressed;
}

bool Widgets::primary(const std::string& label, bool enabled, float width) const {
    const ImVec4& accent = palette_.accent;
    ImGui::PushStyleColor(ImGuiCol_Button, accent);
    ImGui::PushStyleColor(ImGuiCol_ButtonHovered, {accent.x * 0.9f, accent.y * 0.9f, accent.z * 0.9f, 1});
    ImGui::PushStyleColor(ImGuiCol_ButtonActive, {accent.x * 0.8f, accent.y * 0.8f, accent.z * 0.8f, 1});
    ImGui::PushStyleColor(ImGuiCol_Text, palette_.accent_text);
    ImGui::BeginDisabled(!enabled);
    const bool pressed = ImGui::Button(label.c_str(), {width, 0});
    ImGui::EndDisabled();
    ImGui::PopStyleColor(4);
    screen_.note("button", shown(label), enabled);
    return pressed;
}

bool Widgets::small_button(const std::string& label, bool enabled) const {
    ImGui::BeginDisabled(!enabled);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {ImGui::GetStyle().FramePadding.x * 0.7f, 2});
    const bool pressed = ImGui::Button(label.c_str());
    ImGui::PopStyleVar();
    ImGui::EndDisabled();
    screen_.note("button", shown(label), enabled);
    return pressed;
}

bool Widgets::toggle(const std::string& label, bool& on) const {
    const bool changed = ImGui::Checkbox(label.c_str(), &on);
    screen_.note("toggle", shown(label), true, on ? 1 : 0);
    return changed;
}

bool Widgets::radio(const std::string& label, bool on) const {
    const bool pressed = ImGui::RadioButton(label.c_str(), on);
    screen_.note("radio", shown(label), true, on ? 1 : 0);
    return pressed && !on;
}

bool Widgets::choice(const std::string& label, std::span<const std::string> items, size_t& chosen,
                     float width) const {
    bool changed = false;
    const std::string now = chosen < items.size() ? items[chosen] : std::string();
    ImGui::SetNextItemWidth(width);
    const bool open = ImGui::BeginCombo(label.c_str(), now.c_str());
    if (!open) screen_.note("choice", now);
    if (!open) return false;
    for (size_t i = 0; i < items.size(); ++i) {
        if (item(items[i], static_cast<int>(i), i == chosen) && i != chosen) {
            chosen = i;
            changed = true;
        }
    }
    ImGui::EndCombo();
    return changed;
}

bool Widgets::item(const std::string& text, int number, bool marked) const {
    ImGui::PushID(number);
    const ImVec2 at = ImGui::GetCursorPos();
    const bool chosen = ImGui::Selectable("##item", marked);
    screen_.note("item", text);
    ImGui::SetCursorPos(at);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopID();
    return chosen;
}

bool Widgets::slider(const std::string& label, float& value, float from, float to, const char* format) const {
    const bool changed = ImGui::SliderFloat(label.c_str(), &value, from, to, format);
    screen_.note("slider", shown(label), true, static_cast<double>(value));
    return changed;
}

bool Widgets::whole_number(const std::string& label, int& value, int from, int to, float width) const {
    ImGui::SetNextItemWidth(width);
    const bool changed = ImGui::InputInt(label.c_str(), &value, 1, 5);
    value = std::clamp(value, from, to);
    const ImVec2 at = ImGui::GetItemRectMin();  // without the buttons that follow the field
    const float field = width - 2 * (ImGui::GetFrameHeight() + ImGui::GetStyle().ItemInnerSpacing.x);
    if (ImGui::IsItemVisible())
        screen_.note_at("number", shown(label), at.x, at.y, field, ImGui::GetFrameHeight(), value);
    return changed;
}

bool Widgets::text_input(const std::string& label, const char* hint, std::string& text, float width) const {
    ImGui::SetNextItemWidth(width);
    const bool entered =
        ImGui::InputTextWithHint(label.c_str(), hint, &text, ImGuiInputTextFlags_EnterReturnsTrue);
    screen_.note("input", text.empty() ? hint : text);
    return entered;
}

void Widgets::bar(const std::string& left, const std::string& right, float share, ImU32 colour,
                  const char* role) const {
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x, line = ImGui::GetTextLineHeight(),
                thick = em() * 0.45f;
    const float right_width = ImGui::CalcTextSize(right.c_str()).x;
    ImGui::PushClipRect(at, {at.x + width - right_width - em() * 0.5f, at.y + line}, true);
    draw->AddText(at, packed(palette_.text), left.c_str());
    ImGui::PopClipRect();
    draw->AddText({at.x + width - right_width, at.y}, packed(palette_.text), right.c_str());
    const float top = at.y + line + em() * 0.2f, rounding = thick / 2;
    draw->AddRectFilled({at.x, top}, {at.x + width, top + thick}, packed(palette_.raised), rounding);
    const float filled = std::clamp(share, 0.0f, 1.0f) * width;
    if (filled > 1)
        draw->AddRectFilled({at.x, top}, {at.x + std::max(filled, thick), top + thick}, colour, rounding);
    ImGui::Dummy({width, line + em() * 0.2f + thick + em() * 0.15f});
    screen_.note(role, left + " " + right, true, static_cast<double>(share));
}

void Widgets::progress(float share, const std::string& text) const {
    ImDrawList* const draw = ImGui::GetWindowDrawList();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x, thick = em() * 0.5f;
    draw->AddRectFilled(at, {at.x + width, at.y + thick}, packed(palette_.raised), thick / 2);
    const float filled = std::clamp(share, 0.0f, 1.0f) * width;
    if (filled > 1)
        draw->AddRectFilled(at, {at.x + std::max(filled, thick), at.y + thick}, packed(palette_.accent),
                            thick / 2);
    ImGui::Dummy({width, thick});
    screen_.note("progress", text, true, static_cast<double>(share));
    if (!text.empty()) faint(text);
}

void Widgets::hint(const std::string& text) const {
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) ImGui::SetTooltip("%s", text.c_str());
}

void begin_card(const char* name, ImVec2 size, bool scrolls) {
    ImGui::PushStyleVar(ImGuiStyleVar_ChildBorderSize, 1);
    const ImGuiWindowFlags flags =
        ImGuiWindowFlags_AlwaysUseWindowPadding |
        (scrolls ? 0 : ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    ImGui::BeginChild(name, size, true, flags);
    ImGui::PopStyleVar();
}

}  // namespace vkm::demo
