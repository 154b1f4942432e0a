#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vkm {

/// Returns the text as one line of at most 1000 bytes without control characters. Messages that quote a
/// foreign file pass through here: its names may hold anything.
std::string printable(std::string text);

/// Returns words as a list in a sentence: "a", "a or b", "a, b or c".
std::string listed(std::span<const std::string_view> words, std::string_view conjunction);

/// Returns the first names of a list in quotes, and how many more there are: "'a' and 'b'",
/// "'a', 'b', 'c', 'd' and 7 more".
std::string a_few(std::span<const std::string> names);

/// Returns " (did you mean 'width'?)" with the word that has the fewest letters added, left out or changed, or
/// nothing where that is more than a third of the letters.
std::string did_you_mean(std::string_view misspelt, std::span<const std::string_view> words);

}  // namespace vkm
