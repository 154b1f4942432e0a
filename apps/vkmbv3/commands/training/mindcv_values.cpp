#include "commands/training/mindcv_values.h"

#include "cli/common_options.h"
#include "cli/usage_error.h"
#include "commands/training/mindcv_keys.h"

#include <base/text.h>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace vkm::apps {
namespace {

std::string in_lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

std::optional<double> number_in(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

bool is_none(const std::string& value) {
    return value.empty() || value == "None" || value == "null" || value == "~";
}

// Compares words, numbers and lists of them: 1 is 1.0, and True is true.
bool same(const std::string& a, std::string_view b) {
    const std::vector<std::string> left = split_list(a), right = split_list(std::string(b));
    return std::ranges::equal(left, right, [](const std::string& x, const std::string& y) {
        const auto m = number_in(x), n = number_in(y);
        return m && n ? *m == *n : in_lower_case(x) == in_lower_case(y) || (is_none(x) && is_none(y));
    });
}

[[noreturn]] void refuse_unknown(const std::string& path, const std::string& name) {
    std::vector<std::string_view> known;
    for (const MindcvKey& key : mindcv_keys())
        known.push_back(key.name);
    // What most of its keys look like may be wrong: timm's args.yaml has many of the same.
    throw UsageError(fmt::format(
        "{}: '{}' is no key of MindCV's{}, as whose configuration this file is read for its other keys; write another "
        "program's as options of `vkmbv3 train --help` (batch-size, not batch_size), or see --recipe list",
        path, name, did_you_mean(name, known)));
}

}  // namespace

MindcvValues::MindcvValues(const OptionValues& file, std::string path) : path_(std::move(path)) {
    for (const auto& [name, value] : file) {
        if (find_mindcv_key(name) == nullptr) refuse_unknown(path_, name);
        if (!values_.emplace(name, value).second)
            throw UsageError(fmt::format("{}: {} stands twice: leave one out", path_, name));
    }
    for (const MindcvKey& key : mindcv_keys())
        if (key.meaning == MindcvMeaning::only && !same(text(key.name), key.initial))
            refuse(key.name, key.what);
}

std::string MindcvValues::text(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::string(find_mindcv_key(key)->initial) : found->second;
}

std::string MindcvValues::lower(std::string_view key) const {
    return in_lower_case(text(key));
}

bool MindcvValues::none(std::string_view key) const {
    return is_none(text(key));
}

bool MindcvValues::truth(std::string_view key) const {
    const std::string value = lower(key);
    if (value == "true" || value == "yes" || value == "1") return true;
    if (value == "false" || value == "no" || value == "0") return false;
    throw UsageError(fmt::format("{}: {}: {} is neither True nor False", path_, key, text(key)));
}

double MindcvValues::number(std::string_view key) const {
    const std::string value = text(key);
    const auto found = number_in(value);
    if (!found) throw UsageError(fmt::format("{}: {}: {} is not a number", path_, key, value));
    return *found;
}

void MindcvValues::refuse(std::string_view key, std::string_view what_to_do) const {
    throw UsageError(fmt::format("{}: {}: {} cannot be said here: {}", path_, key, text(key), what_to_do));
}

void MindcvValues::contradict(std::string_view key, std::string_view other, std::string_view why) const {
    throw UsageError(
        fmt::format("{}: {}: {} contradicts {}: {}: {}", path_, key, text(key), other, text(other), why));
}

}  // namespace vkm::apps
