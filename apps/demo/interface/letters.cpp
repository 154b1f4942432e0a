#include "interface/letters.h"

#include <imgui_internal.h>

namespace vkm::demo {
namespace {

constexpr ImWchar latin_end = 0x24f;  // with Latin Extended A and B
// Of signs: dashes, quotes, ellipsis, arrows, multiplication.
constexpr ImWchar always[] = {0x20, latin_end, 0x2010, 0x2026, 0x2190, 0x2193, 0x25b6, 0x25b6, 0};

}  // namespace

bool Letters::take(std::string_view text) {
    bool lacks = false;
    for (const char *at = text.data(), *const end = at + text.size(); at < end;) {
        unsigned letter = 0;
        at += ImTextCharFromUtf8(&letter, at, end);
        if (letter > latin_end && letter <= IM_UNICODE_CODEPOINT_MAX &&
            !(letter >= 0x2010 && letter <= 0x2026))
            lacks |= others_.insert(static_cast<ImWchar>(letter)).second;
    }
    return lacks;
}

const ImWchar* Letters::ranges() {
    ImFontGlyphRangesBuilder builder;
    builder.AddRanges(always);
    for (const ImWchar letter : others_)
        builder.AddChar(letter);
    ranges_.clear();
    builder.BuildRanges(&ranges_);
    return ranges_.Data;
}

}  // namespace vkm::demo
