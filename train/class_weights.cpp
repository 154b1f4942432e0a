#include <base/text.h>
#include <train/class_weights.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace vkm::train {
namespace {

struct Entry {
    std::string name;  ///< empty where the file gives numbers alone
    double weight = 0;
};

std::vector<float> balanced(const Dataset& training, int64_t classes) {
    std::vector<int64_t> counts(static_cast<size_t>(classes));
    for (size_t i = 0; i < training.size(); ++i)
        ++counts.at(static_cast<size_t>(training.label(i)));
    std::vector<float> weights;
    for (const int64_t count : counts)
        weights.push_back(count == 0 ? 0
                                     : static_cast<float>(static_cast<double>(training.size()) /
                                                          static_cast<double>(classes * count)));
    return weights;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::optional<double> number(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
    return value;
}

// Returns "name<separator>number": of commas, semicolons, tabs, bars, colons and blanks the last counts.
Entry entry_of(std::string_view line, const std::string& file, size_t line_number) {
    if (const auto alone = number(line)) return {{}, *alone};
    const size_t separator = line.find_last_of(",;|:\t ");
    if (separator != std::string_view::npos)
        if (const auto weight = number(line.substr(separator + 1))) {
            std::string_view name = line.substr(0, separator);
            const size_t end = name.find_last_not_of(",;|:\t ");
            if (end != std::string_view::npos) return {std::string(name.substr(0, end + 1)), *weight};
        }
    throw ClassWeightsError("--class-weights {}: line {}, '{}', is neither a number nor a name and a number",
                            file, line_number, line);
}

std::vector<Entry> lines_of(const std::string& text, const std::string& file) {
    std::vector<Entry> entries;
    std::istringstream lines(text);
    std::string line;
    for (size_t number = 1; std::getline(lines, line); ++number)
        if (const std::string_view content = trimmed(line); !content.empty() && content.front() != '#')
            entries.push_back(entry_of(content, file, number));
    return entries;
}

std::vector<Entry> json_entries(const nlohmann::json& json, const std::string& file) {
    std::vector<Entry> entries;
    for (const auto& item : json.items()) {
        if (!item.value().is_number())
            throw ClassWeightsError("--class-weights {}: '{}' has no number for its weight", file,
                                    item.key());
        entries.push_back({json.is_object() ? item.key() : "", item.value().get<double>()});
    }
    return entries;
}

std::vector<Entry> read(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (!stream)
        throw ClassWeightsError("--class-weights {}: the file cannot be read; give a file or balanced", file);
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_array() || json.is_object()) return json_entries(json, file);
    return lines_of(text, file);
}

// Returns which class an entry is for: that of its name, or its number where classes have no names.
size_t place_of(const Entry& entry, const std::vector<std::string>& names, size_t classes,
                const std::string& file) {
    if (const auto found = std::ranges::find(names, entry.name); found != names.end())
        return static_cast<size_t>(found - names.begin());
    const auto index = number(entry.name);
    if (names.empty() && index && *index >= 0 && *index < static_cast<double>(classes) &&
        *index == std::floor(*index))
        return static_cast<size_t>(*index);
    throw ClassWeightsError("--class-weights {}: the data have no class '{}'", file, entry.name);
}

}  // namespace

std::vector<float> class_weights(const std::string& source, const Dataset& training, int64_t classes) {
    if (source == "balanced") return balanced(training, classes);
    const std::vector<Entry> entries = read(source);
    const auto count = static_cast<size_t>(classes);
    if (entries.size() != count)
        throw ClassWeightsError("--class-weights {}: {} weights for {} classes; give one for each", source,
                                entries.size(), classes);
    std::vector<float> weights(count);
    std::vector<bool> given(count);
    for (size_t i = 0; i < entries.size(); ++i) {
        const Entry& entry = entries[i];
        const size_t place = entry.name.empty() ? i : place_of(entry, training.class_names(), count, source);
        if (given[place])
            throw ClassWeightsError("--class-weights {}: class '{}' has two weights", source, entry.name);
        if (!std::isfinite(entry.weight) || entry.weight < 0)
            throw ClassWeightsError("--class-weights {}: {} is no weight; give zero or a positive number",
                                    source, entry.weight);
        given[place] = true;
        weights[place] = static_cast<float>(entry.weight);
    }
    if (std::ranges::all_of(weights, [](float w) { return w == 0; }))
        throw ClassWeightsError("--class-weights {}: every class has weight 0, so nothing would be learned",
                                source);
    return weights;
}

}  // namespace vkm::train
