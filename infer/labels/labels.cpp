#include <base/atomic_file.h>
#include <base/plain_text.h>
#include <base/text.h>
#include <infer/labels/forms.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace vkm::infer {
namespace {

/// The largest file that is read; names of a million classes are less.
constexpr size_t max_bytes = size_t{64} << 20;

std::string text_in(std::string_view bytes, const std::string& file) {
    if (bytes.size() > max_bytes)
        throw LabelsError("{} is too large for a list of class names: check the path", file);
    try {
        return utf8_text(bytes, file);
    } catch (const NotText& error) {
        throw LabelsError("{}", error.what());
    }
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

void check(const LabelRow& row, size_t index, const std::string& file) {
    if (row.name.empty()) throw LabelsError("{}: class {} has no name: give it one", file, index);
    if (std::ranges::any_of(row.name, is_control) || std::ranges::any_of(row.id, is_control))
        throw LabelsError("{}: the name of class {} holds control characters: '{}'; remove them", file, index,
                          printable(row.name));
}

bool is_background(const std::string& name) {
    return name == "background" || name == "Background" || name == "__background__";
}

}  // namespace

std::optional<size_t> whole_number(std::string_view text) {
    constexpr size_t most_digits = 9;  // none overflows
    size_t value = 0;
    if (text.empty() || text.size() > most_digits) return {};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

std::optional<std::vector<LabelRow>> in_order(std::vector<std::pair<size_t, LabelRow>> numbered) {
    std::ranges::stable_sort(numbered, {}, [](const auto& row) { return row.first; });
    const size_t first = numbered.size() > 1 && numbered.front().first == 1 ? 1 : 0;
    std::vector<LabelRow> rows;
    for (auto& [number, row] : numbered) {
        if (number != first + rows.size()) return {};
        rows.push_back(std::move(row));
    }
    return rows;
}

Labels parse_labels(std::string_view bytes, const std::string& file) {
    const std::string text = text_in(bytes, file);
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos)
        throw LabelsError("{} is empty: it must have one class name a line", file);
    const bool json = text[begin] == '{' || text[begin] == '[';
    Labels labels;
    for (LabelRow& row : json ? rows_of_json(text, file) : rows_of_text(text, file)) {
        row.name = trimmed(row.name);
        check(row, labels.names.size(), file);
        labels.names.push_back(std::move(row.name));
        labels.ids.push_back(std::move(row.id));
    }
    if (std::ranges::any_of(labels.ids, &std::string::empty)) labels.ids.clear();
    return labels;
}

Labels read_labels(const std::filesystem::path& file) {
    const std::vector<std::byte> bytes = read_file(file);
    return parse_labels({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

Labels read_labels(const std::filesystem::path& file, int64_t classes) {
    Labels labels = read_labels(file);
    const auto names = static_cast<int64_t>(labels.names.size());
    if (names == classes) return labels;
    const bool background = names == classes + 1 && is_background(labels.names.front());
    throw LabelsError(
        "{}: {} names, {} classes: {}", file.string(), names, classes,
        background ? fmt::format("remove '{}', a class that this model does not have", labels.names.front())
                   : "the file must have one name for each class of the model, in their order");
}

std::vector<std::string> repeated(const std::vector<std::string>& names) {
    std::set<std::string_view> seen;
    std::vector<std::string> found;
    for (const std::string& name : names)
        if (!seen.insert(name).second && std::ranges::find(found, name) == found.end()) found.push_back(name);
    return found;
}

}  // namespace vkm::infer
