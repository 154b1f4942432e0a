#include <base/text.h>

#include <fmt/format.h>

#include <vector>

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

std::string a_few(std::span<const std::string> names) {
    constexpr size_t most = 5, named = 4;
    std::vector<std::string> words;
    for (const std::string& name : names.first(names.size() > most ? named : names.size()))
        words.push_back(fmt::format("'{}'", printable(name)));
    if (words.size() < names.size()) words.push_back(fmt::format("{} more", names.size() - words.size()));
    return listed(std::vector<std::string_view>(words.begin(), words.end()), "and");
}

}  // namespace vkm
