#include <image/decode/png_text.h>

#include <zlib.h>

namespace vkm::image {
namespace {

/// Returns what comes before the next zero, and cuts it off together with the zero.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    return word;
}

std::string inflated(std::string_view data) {
    std::string text(size_t{1} << 20, '\0');
    uLongf size = text.size();
    const int result = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                  reinterpret_cast<const Bytef*>(data.data()), data.size());
    text.resize(result == Z_OK ? size : 0);
    return text;
}

}  // namespace

std::optional<std::string> png_text(std::string_view chunk, Bytes data, std::string_view key) {
    std::string_view left(reinterpret_cast<const char*>(data.data()), data.size());
    if (take_word(left) != key) return std::nullopt;
    if (chunk == "tEXt") return std::string(left);
    if (chunk == "zTXt" && !left.empty()) return inflated(left.substr(1));
    if (chunk == "iTXt" && left.size() >= 2) {
        const bool compressed = left[0] != 0;
        left.remove_prefix(2);
        take_word(left);  // language
        take_word(left);  // the key in it
        return compressed ? inflated(left) : std::string(left);
    }
    return std::nullopt;
}

}  // namespace vkm::image
