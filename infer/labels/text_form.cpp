#include <base/plain_text.h>
#include <infer/labels/forms.h>

#include <algorithm>
#include <array>
#include <set>

namespace vkm::infer {
namespace {

struct Line {
    size_t number;  ///< from 1
    std::string_view text;
};

struct Split {
    std::string_view id, name;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Here are the ways to write an id before a name. Each returns nothing for a line that is not written so.

// "0|tench", "n01440764|tench"
std::optional<Split> at_a_bar(std::string_view line) {
    const size_t bar = line.find('|');
    if (bar == std::string_view::npos) return {};
    return Split{trimmed(line.substr(0, bar)), trimmed(line.substr(bar + 1))};
}

// "n01440764 tench, Tinca tinca": a synset of WordNet, as ImageNet names its classes
std::optional<Split> after_a_synset(std::string_view line) {
    constexpr size_t length = 9;
    if (line.size() <= length || line[0] != 'n' || !std::all_of(&line[1], &line[length], is_digit) ||
        std::string_view(" \t,:").find(line[length]) == std::string_view::npos)
        return {};
    return Split{line.substr(0, length), trimmed(line.substr(length + 1))};
}

// "0 tench", "0: tench", "0,tench", "0. tench"; not "0.5 litres"
std::optional<Split> after_a_number(std::string_view line) {
    const auto digits = static_cast<size_t>(std::ranges::find_if_not(line, is_digit) - line.begin());
    if (digits == 0 || digits == line.size()) return {};
    const std::string_view rest = line.substr(digits);
    const bool space = rest[0] == ' ' || rest[0] == '\t';
    if (!space && (std::string_view(",:;.)").find(rest[0]) == std::string_view::npos || rest.size() == 1 ||
                   is_digit(rest[1])))
        return {};
    return Split{line.substr(0, digits), trimmed(rest.substr(1))};
}

struct Form {
    std::optional<Split> (*split)(std::string_view line);
    bool certain;  ///< lines that are all written so mean it; of others, only those that make sense
};
constexpr std::array forms{Form{at_a_bar, true}, Form{after_a_synset, true}, Form{after_a_number, false}};

std::vector<Line> lines_with_names(std::string_view text, const std::string& file) {
    std::vector<Line> lines;
    for (const std::string_view line : lines_of(text))
        lines.push_back({lines.size() + 1, trimmed(line)});
    while (!lines.empty() && lines.back().text.empty())
        lines.pop_back();
    const auto empty = std::ranges::find_if(lines, [](const Line& line) { return line.text.empty(); });
    if (empty != lines.end())
        throw LabelsError("{}:{}: the line is empty, and the lines after it are classes: remove it", file,
                          empty->number);
    return lines;
}

bool all_different(const std::vector<LabelRow>& rows) {
    std::set<std::string_view> names;
    return std::ranges::all_of(rows, [&](const LabelRow& row) { return names.insert(row.name).second; });
}

// Returns the rows of lines that all have this form.
std::optional<std::vector<LabelRow>> rows_in(const Form& form, const std::vector<Line>& lines,
                                             const std::string& file) {
    std::vector<LabelRow> rows;
    std::vector<std::pair<size_t, LabelRow>> numbered;
    for (const Line& line : lines) {
        const std::optional<Split> split = form.split(line.text);
        if (!split) return {};
        rows.push_back({std::string(split->id), std::string(split->name)});
        if (const auto number = whole_number(split->id))
            numbered.emplace_back(*number, LabelRow{{}, rows.back().name});
    }
    if (numbered.size() < lines.size()) return form.certain ? std::optional(rows) : std::nullopt;
    auto ordered = in_order(std::move(numbered));
    if (form.certain && !ordered)
        throw LabelsError("{}: the classes' numbers must be 0 to {}, each once", file, lines.size() - 1);
    // Names may begin with numbers: "1 star", "2 stars", "3 stars".
    if (!form.certain && ordered && !all_different(*ordered)) return {};
    return ordered;
}

}  // namespace

std::vector<LabelRow> rows_of_text(std::string_view text, const std::string& file) {
    const std::vector<Line> lines = lines_with_names(text, file);
    for (const Form& form : forms)
        if (auto rows = rows_in(form, lines, file)) return *std::move(rows);
    std::vector<LabelRow> rows;
    for (const Line& line : lines)
        rows.push_back({{}, std::string(line.text)});
    return rows;
}

}  // namespace vkm::infer
