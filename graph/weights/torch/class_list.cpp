#include <graph/weights/torch/class_list.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace vkm::graph {
namespace {

constexpr std::array<std::string_view, 11> keys{"classes",      "class_names", "classnames",   "class_to_idx",
                                                "idx_to_class", "labels",      "label_names",  "categories",
                                                "id2label",     "label2id",    "class_mapping"};

using Names = std::vector<std::string>;

std::optional<Names> of_list(const Pickle& pickle, const Pickle::Ids& elements) {
    Names names;
    for (const Pickle::Id id : elements) {
        const auto* name = pickle.as<std::string>(id);
        if (!name) return {};
        names.push_back(*name);
    }
    return names;
}

/// Reads a number, or text of one: JSON makes every key a string.
std::optional<size_t> number(const Pickle& pickle, Pickle::Id id) {
    if (const auto* value = pickle.as<int64_t>(id))
        return *value >= 0 ? std::optional(static_cast<size_t>(*value)) : std::nullopt;
    const auto* text = pickle.as<std::string>(id);
    size_t value = 0;
    if (!text) return {};
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    return error == std::errc{} && end == text->data() + text->size() ? std::optional(value) : std::nullopt;
}

/// Reads names by number, the numbers being keys or values. None is missing and none there twice.
std::optional<Names> of_dict(const Pickle& pickle, const Pickle::Items& items, bool numbers_are_keys) {
    Names names(items.size());
    std::vector<bool> seen(items.size());
    for (const auto& [key, value] : items) {
        const auto at = number(pickle, numbers_are_keys ? key : value);
        const auto* name = pickle.as<std::string>(numbers_are_keys ? value : key);
        if (!at || !name || *at >= names.size() || seen[*at]) return {};
        seen[*at] = true;
        names[*at] = *name;
    }
    return names;
}

std::optional<Names> of_value(const Pickle& pickle, Pickle::Id id) {
    if (const auto* list = pickle.as<Pickle::List>(id)) return of_list(pickle, list->elements);
    if (const auto* tuple = pickle.as<Pickle::Tuple>(id)) return of_list(pickle, tuple->elements);
    const auto* dict = pickle.as<Pickle::Dict>(id);
    if (!dict) return {};
    auto names = of_dict(pickle, dict->items, false);
    return names ? names : of_dict(pickle, dict->items, true);
}

}  // namespace

Names class_list(const Pickle& pickle, const Pickle::Items& items) {
    for (const auto& [key, value] : items) {
        const auto* name = pickle.as<std::string>(key);
        if (!name || std::ranges::find(keys, *name) == keys.end()) continue;
        if (auto names = of_value(pickle, value); names && !names->empty()) return *std::move(names);
    }
    return {};
}

}  // namespace vkm::graph
