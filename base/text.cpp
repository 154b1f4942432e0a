#include <base/text.h>

namespace vkm {

std::string printable(std::string text) {
    constexpr size_t longest = 1000;
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
    if (text.size() > longest) text.replace(longest / 2, text.size() - longest + 3, "...");
    return text;
}

}  // namespace vkm
