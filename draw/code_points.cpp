#include <draw/code_points.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace vkm::draw {
namespace {

constexpr char32_t replacement = 0xfffd;

// Takes a character from the text's start, and no byte of the next one.
char32_t take(std::string_view& text) {
    const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    const unsigned first = byte(0);
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    char32_t code = length == 1 ? first : first & (0x7fu >> length);
    size_t i = 1;
    for (; i < length && (byte(i) & 0xc0) == 0x80; ++i)
        code = code << 6 | (byte(i) & 0x3f);
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const bool valid = i == length && code >= least[length] && code <= 0x10ffff &&
                       (code < 0xd800 || code >= 0xe000) && (length > 1 || code < 0x80);
    text.remove_prefix(i);
    return valid ? code : replacement;
}

bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

// Chinese, Japanese and Korean letters, emoji and what is as wide.
bool is_wide(char32_t c) {
    return (c >= 0x1100 && c < 0x1160) || (c >= 0x2e80 && c < 0xa4d0) || (c >= 0xac00 && c < 0xd7a4) ||
           (c >= 0xf900 && c < 0xfb00) || (c >= 0xfe30 && c < 0xfe70) || (c >= 0xff00 && c < 0xff61) ||
           c >= 0x1f300;
}

}  // namespace

std::u32string code_points(std::string_view utf8) {
    std::u32string text;
    while (!utf8.empty()) {
        const char32_t code = take(utf8);
        text += is_control(code) ? U' ' : code;
    }
    return text;
}

std::string to_utf8(std::u32string_view text) {
    std::string bytes;
    const auto put = [&](char32_t byte) { bytes += static_cast<char>(byte); };
    for (const char32_t c : text) {
        if (c < 0x80) {
            put(c);
            continue;
        }
        const int rest = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        constexpr std::array<char32_t, 4> marks{0, 0xc0, 0xe0, 0xf0};
        put(marks[static_cast<size_t>(rest)] | c >> 6 * rest);
        for (int i = rest - 1; i >= 0; --i)
            put(0x80 | (c >> 6 * i & 0x3f));
    }
    return bytes;
}

double estimated_width(std::u32string_view text) {
    constexpr double narrow = 0.6, wide = 1.0;
    double width = 0;
    for (const char32_t c : text)
        width += is_wide(c) ? wide : narrow;
    return width;
}

}  // namespace vkm::draw
