#include <base/text.h>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace vkm {
namespace {

// Returns Levenshtein's distance: letters to add, leave out or change.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); ++j) {
            const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

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

std::string did_you_mean(std::string_view misspelt, std::span<const std::string_view> words) {
    constexpr size_t longest = 64;  // of a misspelt word that is looked at: the work is bounded
    misspelt = misspelt.substr(0, longest);
    const auto changed = [&](std::string_view word) { return distance(misspelt, word); };
    const auto best = std::ranges::min_element(words, {}, changed);
    if (best == words.end() || 3 * changed(*best) > misspelt.size() + 2) return {};
    return fmt::format(" (did you mean '{}'?)", *best);
}

}  // namespace vkm
