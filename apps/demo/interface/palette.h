#pragma once

#include <imgui.h>

#include <cstddef>

namespace vkm::demo {

/// Holds the interface's colours. All text has a contrast of 4.5 or more on `paper` and `card` (WCAG AA).
struct Palette {
    ImVec4 paper, card, raised, line;         ///< from the window's ground to what lies on top
    ImVec4 text, faint, accent, accent_text;  ///< accent_text lies on accent
    ImVec4 good, bad, warn;
};

const Palette& light_palette();
const Palette& dark_palette();

/// Returns the colour of the i-th of several series: those of draw/colour.h.
ImU32 series(size_t i, float alpha = 1);
/// Returns the colour of an amount from 0 to 1, from faint to glowing, as it is seen on either palette.
ImVec4 heat(float amount);

ImU32 packed(const ImVec4&, float alpha = 1);

/// Makes Dear ImGui look so, everything `scale` times as large.
void apply(const Palette&, float scale);

}  // namespace vkm::demo
