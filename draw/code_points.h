#pragma once

#include <string>
#include <string_view>

namespace vkm::draw {

/// Returns the characters of a UTF-8 text that can be drawn on one line: bytes that are no UTF-8 become
/// U+FFFD, line ends and other control characters become spaces.
std::u32string code_points(std::string_view utf8);

std::string to_utf8(std::u32string_view);

/// Returns about how wide the characters are in units of the font's size, for layouts that no font is asked for.
double estimated_width(std::u32string_view);

/// Returns the text, or as much of its start as fits the width, and "…". `width` says how wide characters
/// are; no prefix of a text is wider than the text.
template <typename Width>
std::u32string shortened(std::u32string_view text, double most, const Width& width) {
    if (width(text) <= most) return std::u32string(text);
    const auto cut = [&](size_t length) { return std::u32string(text.substr(0, length)) + U'…'; };
    size_t fits = 0, beyond = text.size();
    while (beyond - fits > 1) {
        const size_t middle = fits + (beyond - fits) / 2;
        (width(cut(middle)) <= most ? fits : beyond) = middle;
    }
    return cut(fits);
}

}  // namespace vkm::draw
