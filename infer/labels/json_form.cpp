#include <base/plain_text.h>
#include <base/text.h>
#include <infer/labels/forms.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace vkm::infer {
namespace {

using Json = nlohmann::json;

/// The members that hold the names where an object holds more: of configurations as transformers, timm and
/// Teachable Machine write them, and of dictionaries that torchvision's class_to_idx is saved in.
constexpr std::array members{"id2label",    "labels",      "names",       "classes",
                             "class_names", "label_names", "class_to_idx"};

[[noreturn]] void refuse(const std::string& file, std::string_view what) {
    throw LabelsError("{}: {}: write [\"tench\", …], {{\"0\": \"tench\", …}} or {{\"tench\": 0, …}}", file,
                      what);
}

Json parse(std::string_view text, const std::string& file) {
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) json = Json::parse(json_of_python(text), nullptr, false);
    if (!json.is_discarded()) return json;
    try {
        return Json::parse(text);
    } catch (const Json::exception& error) {
        throw LabelsError("{} begins like JSON and is none: {}", file, printable(error.what()));
    }
}

const Json& where_the_names_are(const Json& json) {
    if (!json.is_object()) return json;
    for (const char* member : members)
        if (const auto found = json.find(member);
            found != json.end() && (found->is_array() || found->is_object()))
            return *found;
    return json;
}

// Takes "tench", ["tench"] or ["n01440764", "tench"].
LabelRow row_of(const Json& label, const std::string& file) {
    if (label.is_string()) return {{}, label.get<std::string>()};
    const bool strings = label.is_array() && std::ranges::all_of(label, &Json::is_string);
    if (strings && label.size() == 1) return {{}, label[0].get<std::string>()};
    if (strings && label.size() == 2) return {label[0].get<std::string>(), label[1].get<std::string>()};
    refuse(file, fmt::format("{} is no class name", printable(label.dump())));
}

// Returns the class's number where a dictionary goes from names to numbers.
std::optional<size_t> number_of(const Json& value) {
    if (value.is_number_unsigned()) return value.get<size_t>();
    if (value.is_string()) return whole_number(trimmed(value.get_ref<const std::string&>()));
    return {};
}

std::vector<LabelRow> rows_of(const Json& object, const std::string& file) {
    const auto items = object.items();
    const bool by_number =
        std::all_of(items.begin(), items.end(), [](const auto& item) { return whole_number(item.key()); });
    const bool to_numbers = std::ranges::all_of(
        object, [&](const Json& v) { return by_number ? v.is_number_unsigned() : number_of(v).has_value(); });
    if (!by_number && !to_numbers) refuse(file, "its members are neither numbers nor have they numbers");
    std::vector<std::pair<size_t, LabelRow>> numbered;
    for (const auto& [key, value] : items) {
        if (to_numbers)
            numbered.emplace_back(*number_of(value), LabelRow{{}, key});
        else
            numbered.emplace_back(*whole_number(key), row_of(value, file));
    }
    auto rows = in_order(std::move(numbered));
    if (!rows)
        throw LabelsError("{}: the classes' numbers must be 0 to {}, each once", file, object.size() - 1);
    return *std::move(rows);
}

}  // namespace

std::vector<LabelRow> rows_of_json(std::string_view text, const std::string& file) {
    const Json json = parse(text, file);
    const Json& names = where_the_names_are(json);
    if (names.empty()) throw LabelsError("{} holds no class names", file);
    if (names.is_object()) return rows_of(names, file);
    std::vector<LabelRow> rows;
    for (const Json& label : names)
        rows.push_back(row_of(label, file));
    return rows;
}

}  // namespace vkm::infer
