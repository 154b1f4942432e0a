#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vkm::draw {

/// Holds how much of each pixel something covers, row by row.
struct Mask {
    int width = 0, height = 0;
    std::vector<uint8_t> coverage;
};

/// Holds one line of text as pixels. `mask` begins `left` pixels right of the point where the text starts and
/// `above` pixels above the baseline.
struct DrawnText {
    Mask mask;
    int left = 0, above = 0;
    double advance = 0;  ///< from the start to where a next text would start
};

/// Draws UTF-8 text of any language in the system's sans-serif fonts, in each language's own order and with
/// joined letters; a letter that no font has is a box. Where it is wider than `most` pixels (0: any width),
/// its end is replaced by "…". Nothing is drawn where the system has no font. Safe to call from several
/// threads at once.
DrawnText draw_text(std::string_view utf8, int pixels, double most = 0);

/// Returns how wide it would be.
double text_width(std::string_view utf8, int pixels);

/// Returns whether the system has a font.
bool has_fonts();

}  // namespace vkm::draw
