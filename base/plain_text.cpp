#include <base/plain_text.h>

#include <cstdint>
#include <optional>

namespace vkm {
namespace {

enum class ByteOrder { little, big };

// Returns the length of the UTF-8 sequence at `at`, or nothing where there is none: overlong forms,
// surrogates and what lies beyond U+10FFFF are none.
std::optional<size_t> sequence_length(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) -> uint32_t {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
    };
    const uint32_t first = byte(0);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return {};
    uint32_t code = first & (0x7fu >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {};
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr uint32_t least[]{0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
    return length;
}

bool is_utf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const std::optional<size_t> length = sequence_length(text, at);
        if (!length) return false;
        at += *length;
    }
    return true;
}

void append_utf8(std::string& text, uint32_t code) {
    const auto put = [&](uint32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            put(0xe0 | code >> 12);
        } else {
            put(0xf0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3f));
        }
        put(0x80 | (code >> 6 & 0x3f));
    }
    put(0x80 | (code & 0x3f));
}

// Returns UTF-16 as UTF-8, or nothing where it is not UTF-16.
std::optional<std::string> from_utf16(std::string_view bytes, ByteOrder order) {
    if (bytes.size() % 2 != 0) return {};
    const size_t units = bytes.size() / 2;
    const auto unit = [&](size_t i) -> uint32_t {
        const auto a = static_cast<unsigned char>(bytes[2 * i]),
                   b = static_cast<unsigned char>(bytes[2 * i + 1]);
        return order == ByteOrder::big ? uint32_t{a} << 8 | b : uint32_t{b} << 8 | a;
    };
    std::string text;
    for (size_t i = 0; i < units; ++i) {
        uint32_t code = unit(i);
        if (code >= 0xd800 && code < 0xe000) {  // one half of a surrogate pair
            const uint32_t low = code < 0xdc00 && i + 1 < units ? unit(++i) : 0;
            if (low < 0xdc00 || low >= 0xe000) return {};
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        append_utf8(text, code);
    }
    return text;
}

}  // namespace

std::string utf8_text(std::string_view bytes, std::string_view file) {
    std::optional<std::string> text;
    if (bytes.starts_with("\xff\xfe"))
        text = from_utf16(bytes.substr(2), ByteOrder::little);
    else if (bytes.starts_with("\xfe\xff"))
        text = from_utf16(bytes.substr(2), ByteOrder::big);
    else if (is_utf8(bytes))
        text = bytes.substr(bytes.starts_with("\xef\xbb\xbf") ? 3 : 0);
    if (!text) throw NotText("{} is neither UTF-8 nor UTF-16: save it as UTF-8", file);
    if (text->find('\0') != std::string::npos)
        throw NotText("{} is no text: it holds NUL characters; check the path", file);
    return *std::move(text);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = text.find_first_of("\r\n");
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return lines;
}

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace vkm
