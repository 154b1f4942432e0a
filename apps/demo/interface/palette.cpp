#include "interface/palette.h"

#include <draw/colour.h>

namespace vkm::demo {
namespace {

ImVec4 rgb(int hex) {
    return {static_cast<float>(hex >> 16 & 255) / 255, static_cast<float>(hex >> 8 & 255) / 255,
            static_cast<float>(hex & 255) / 255, 1};
}

ImVec4 mixed(const ImVec4& a, const ImVec4& b, float share) {
    return {a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share, a.z + (b.z - a.z) * share, 1};
}

}  // namespace

const Palette& light_palette() {
    static const Palette palette{.paper = rgb(0xf3f4f6),
                                 .card = rgb(0xffffff),
                                 .raised = rgb(0xe8eaee),
                                 .line = rgb(0xd5d9e0),
                                 .text = rgb(0x1b1f24),
                                 .faint = rgb(0x59636e),
                                 .accent = rgb(0x1f5fd0),
                                 .accent_text = rgb(0xffffff),
                                 .good = rgb(0x1a7f37),
                                 .bad = rgb(0xc22130),
                                 .warn = rgb(0x8a5a00)};
    return palette;
}

const Palette& dark_palette() {
    static const Palette palette{.paper = rgb(0x14171c),
                                 .card = rgb(0x1c2026),
                                 .raised = rgb(0x2a2f38),
                                 .line = rgb(0x363c47),
                                 .text = rgb(0xe6e9ee),
                                 .faint = rgb(0x9aa4b2),
                                 .accent = rgb(0x3d7bea),
                                 .accent_text = rgb(0xffffff),
                                 .good = rgb(0x4bbf67),
                                 .bad = rgb(0xff7b72),
                                 .warn = rgb(0xe3b341)};
    return palette;
}

ImU32 packed(const ImVec4& c, float alpha) {
    return ImGui::ColorConvertFloat4ToU32({c.x, c.y, c.z, c.w * alpha});
}

ImU32 series(size_t i, float alpha) {
    const draw::Colour c = draw::series_colour(i);
    return IM_COL32(c.r, c.g, c.b, static_cast<int>(alpha * 255));
}

ImVec4 heat(float amount) {
    // The dark end of the map cannot be told from a dark card.
    const draw::Colour c = draw::colour_of(draw::ColourMap::heat, 0.25 + 0.6 * static_cast<double>(amount));
    return {static_cast<float>(c.r) / 255, static_cast<float>(c.g) / 255, static_cast<float>(c.b) / 255, 1};
}

void apply(const Palette& p, float scale) {
    ImGuiStyle style;
    style.WindowPadding = {12, 12};
    style.FramePadding = {10, 6};
    style.ItemSpacing = {8, 8};
    style.ItemInnerSpacing = {6, 6};
    style.WindowRounding = 0;
    style.ChildRounding = 8;
    style.FrameRounding = 6;
    style.PopupRounding = 6;
    style.GrabRounding = 6;
    style.ScrollbarRounding = 6;
    style.ScrollbarSize = 10;
    style.GrabMinSize = 14;
    style.WindowBorderSize = 0;
    style.ChildBorderSize = 1;
    style.FrameBorderSize = 0;
    style.CellPadding = {4, 3};
    style.ScaleAllSizes(scale);
    ImVec4* const c = style.Colors;
    c[ImGuiCol_WindowBg] = p.paper;
    c[ImGuiCol_ChildBg] = p.card;
    c[ImGuiCol_PopupBg] = p.card;
    c[ImGuiCol_Border] = p.line;
    c[ImGuiCol_Text] = p.text;
    c[ImGuiCol_TextDisabled] = p.faint;
    c[ImGuiCol_FrameBg] = p.raised;
    c[ImGuiCol_FrameBgHovered] = mixed(p.raised, p.accent, 0.15f);
    c[ImGuiCol_FrameBgActive] = mixed(p.raised, p.accent, 0.3f);
    c[ImGuiCol_Button] = p.raised;
    c[ImGuiCol_ButtonHovered] = mixed(p.raised, p.accent, 0.2f);
    c[ImGuiCol_ButtonActive] = mixed(p.raised, p.accent, 0.4f);
    c[ImGuiCol_Header] = mixed(p.card, p.accent, 0.25f);
    c[ImGuiCol_HeaderHovered] = mixed(p.card, p.accent, 0.2f);
    c[ImGuiCol_HeaderActive] = mixed(p.card, p.accent, 0.35f);
    c[ImGuiCol_CheckMark] = p.accent;
    c[ImGuiCol_SliderGrab] = p.accent;
    c[ImGuiCol_SliderGrabActive] = p.accent;
    c[ImGuiCol_Separator] = p.line;
    c[ImGuiCol_ScrollbarBg] = {0, 0, 0, 0};
    c[ImGuiCol_ScrollbarGrab] = p.line;
    c[ImGuiCol_ScrollbarGrabHovered] = p.faint;
    c[ImGuiCol_ScrollbarGrabActive] = p.faint;
    c[ImGuiCol_TextSelectedBg] = mixed(p.card, p.accent, 0.4f);
    c[ImGuiCol_NavHighlight] = p.accent;
    ImGui::GetStyle() = style;
}

}  // namespace vkm::demo
