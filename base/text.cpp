#include <base/text.h>

namespace vkm {

std::string printable(std::string text) {
    constexpr size_t longest = 1000;
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
    if (text.size() > longest) text.replace(longest / 2, text.size() - longest + 3, "...");
    return text;
}

std::string listed(std::span<const std::string_view> words, std::string_view conjunction) {
    std::string list;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i > 0 && i + 1 < words.size()) list += ", ";
        if (i > 0 && i + 1 == words.size()) list.append(" ").append(conjunction).append(" ");
        list += words[i];
    }
    return list;
}

}  // namespace vkm
