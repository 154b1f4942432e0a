#include <train/data/csv.h>
#include <train/data/file_dataset.h>
#include <train/data/list.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

/// The largest class count where the model's is not known: a larger label is an identifier
/// taken for a class number.
constexpr int max_classes = 1'000'000;

std::string read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (fs::is_directory(file) || !in || !(text << in.rdbuf())) {
        throw DatasetError("{}: cannot be read, or is empty: list:FILE.csv needs a file of path,label rows",
                           file);
    }
    return std::move(text).str();
}

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? ""
                                           : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<int> parse_label(std::string_view text) {
    text = trimmed(text);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_header(const CsvRow& row) {
    return row.fields.size() == 2 && trimmed(row.fields[0]) == "path" && trimmed(row.fields[1]) == "label";
}

}  // namespace

std::shared_ptr<const Dataset> open_list(const std::string& file, Split, const DatasetOptions& options) {
    std::vector<CsvRow> rows = parse_csv(read_text(file), file);
    if (!rows.empty() && is_header(rows.front())) rows.erase(rows.begin());
    if (rows.empty()) throw DatasetError("{}: lists no images: it needs rows of path,label", file);

    std::vector<FileDataset::Entry> entries;
    entries.reserve(rows.size());
    int largest = 0;
    const int class_limit = options.num_classes > 0 ? options.num_classes : max_classes;
    for (CsvRow& row : rows) {
        if (row.fields.size() != 2) {
            throw DatasetError(
                "{}:{}: a row has two fields, path,label, but this one has {}; quote a path with commas",
                file, row.line, row.fields.size());
        }
        const std::optional<int> label = parse_label(row.fields[1]);
        if (!label) {
            throw DatasetError("{}:{}: label '{}' is not an integer: labels are class numbers from 0", file,
                               row.line, row.fields[1]);
        }
        if (*label < 0 || *label >= class_limit) {
            throw DatasetError(
                "{}:{}: label {} is out of range: {} classes are numbered from 0 to {}, see --num-classes",
                file, row.line, *label, class_limit, class_limit - 1);
        }
        if (row.fields[0].empty()) throw DatasetError("{}:{}: the path is empty", file, row.line);
        largest = std::max(largest, *label);
        entries.push_back({std::move(row.fields[0]), *label});
    }

    // Checks once for the usual mistake: a list moved away from its images. Single missing files are
    // met when they are decoded.
    const auto root = fs::path(file).parent_path();
    std::error_code ignored;
    if (!fs::exists(root / entries.front().path, ignored)) {
        throw DatasetError("{}: there is no image '{}': paths are absolute or relative to the list's folder",
                           file, (root / entries.front().path).string());
    }
    return std::make_shared<FileDataset>(root, std::move(entries), largest + 1, std::vector<std::string>());
}

}  // namespace vkm::train
