#include <base/csv.h>
#include <image/find_images.h>
#include <train/data/file_dataset.h>
#include <train/data/list.h>
#include <train/data/list_columns.h>
#include <train/data/list_labels.h>
#include <train/data/list_paths.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <span>
#include <sstream>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

struct List {
    std::vector<CsvRow> rows;
    ListColumns columns;
    std::vector<ListPaths> bases;  ///< the folders that paths may be relative to
};

std::string read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (fs::is_directory(file) || !in || !(text << in.rdbuf())) {
        throw DatasetError("{}: cannot be read, or is empty: list:FILE.csv needs a file of path,label rows",
                           file);
    }
    return std::move(text).str();
}

List read_list(const std::string& file) {
    List list;
    list.rows = parse_csv(read_text(file), file);
    for (fs::path& base : base_candidates(file))
        list.bases.emplace_back(std::move(base));
    const auto fit = [&](const std::string& text) {
        int best = 0;
        for (const ListPaths& base : list.bases) {
            const std::vector<std::string> files = base.find(text);
            if (!files.empty()) best = std::max(best, files.front().size() == text.size() ? 2 : 1);
            // As in base_of: what lies elsewhere under a name does not matter where the list's own folder has one.
            if (best == 2 || (best == 1 && &base == &list.bases.front())) break;
        }
        return best;
    };
    list.columns = find_columns(list.rows, fit, file);
    if (list.rows.empty()) throw DatasetError("{}: lists no images: it needs rows of path,label", file);
    return list;
}

/// Throws for rows that lack a path, or have more fields than the header.
void check_fields(const List& list, const std::string& file) {
    const size_t named = list.columns.names.size();
    for (const CsvRow& row : list.rows) {
        if (named > 0 && width_of(row) > named) {
            throw DatasetError(
                "{}:{}: a row has {} fields like the first line, but this one has {}; quote a path with commas",
                file, row.line, named, width_of(row));
        }
        if (field_of(row, list.columns.path).empty())
            throw DatasetError("{}:{}: the path is empty", file, row.line);
    }
}

/// Returns the base for which most of the first images are there. The list's own folder wins with any.
const ListPaths& base_of(const List& list, const std::string& file) {
    const auto files_in = [&](const ListPaths& base) {
        constexpr ptrdiff_t rows_looked_at = 32;
        return std::count_if(
            list.rows.begin(),
            list.rows.begin() + std::min(rows_looked_at, static_cast<ptrdiff_t>(list.rows.size())),
            [&](const CsvRow& row) { return !base.find(field_of(row, list.columns.path)).empty(); });
    };
    if (files_in(list.bases.front()) > 0) return list.bases.front();
    const ListPaths* best = &list.bases.front();
    ptrdiff_t most = 0;
    for (const ListPaths& base : list.bases) {
        const ptrdiff_t files = files_in(base);
        if (files > 0 && files == most) {
            throw DatasetError(
                "{}: its images may be those of {} or of {}: write paths relative to the list's folder", file,
                best->base().string(), base.base().string());
        }
        if (files > most) best = &base;
        most = std::max(most, files);
    }
    if (most > 0) spdlog::info("{}: paths are relative to {}", file, best->base().string());
    return *best;
}

/// Returns the files of the rows, relative to the base or absolute. Throws where some are missing.
std::vector<std::string> find_files(const List& list, const ListPaths& base, const std::string& file) {
    std::vector<std::string> files;
    const CsvRow* first_missing = nullptr;
    size_t missing = 0;
    for (const CsvRow& row : list.rows) {
        const std::string text = field_of(row, list.columns.path);
        std::vector<std::string> found = base.find(text);
        if (found.size() > 1)
            throw DatasetError("{}:{}: '{}' may be any of {}: write the extension", file, row.line, text,
                               image::first_of(found));
        if (found.empty() && ++missing == 1) first_missing = &row;
        files.push_back(found.empty() ? text : std::move(found.front()));
    }
    if (first_missing == nullptr) return files;
    throw DatasetError(
        "{}:{}: there is no image '{}' ({} of {} images are missing): paths are absolute or relative to the list's "
        "folder",
        file, first_missing->line, (base.base() / field_of(*first_missing, list.columns.path)).string(),
        missing, files.size());
}

ListPart wanted_part(const List& list, Split split) {
    if (split == Split::train) return ListPart::training;
    const bool validates = std::ranges::any_of(
        list.rows, [&](const CsvRow& row) { return part_of_row(row, list.columns) == ListPart::validation; });
    return validates ? ListPart::validation : ListPart::test;
}

/// Takes the rows of other parts away. Those for training stay: they say which classes there are.
void keep_rows_of(List& list, Split split, const std::string& file) {
    if (!list.columns.part) return;
    const ListPart wanted = wanted_part(list, split);
    size_t kept = 0;
    const size_t before = list.rows.size();
    std::erase_if(list.rows, [&](const CsvRow& row) {
        const std::optional<ListPart> part = part_of_row(row, list.columns);
        kept += part == wanted;
        return part != wanted && part != ListPart::training;
    });
    spdlog::info("{}: {} of {} images are for {} by column '{}'", file, kept, before,
                 split == Split::train ? "training" : "validation",
                 list.columns.names.at(*list.columns.part));
}

/// Says where an image has two labels, of which one must be wrong.
void report_conflicts(const List& list, std::span<const FileDataset::Entry> entries,
                      std::span<const size_t> rows, const std::string& file) {
    std::map<std::string_view, size_t> first;  // entry of a path
    std::vector<std::string> conflicts;
    for (size_t i = 0; i < entries.size(); ++i) {
        const auto [known, is_new] = first.emplace(entries[i].path, i);
        if (!is_new && entries[known->second].label != entries[i].label)
            conflicts.push_back(fmt::format("{} (lines {} and {})", entries[i].path,
                                            list.rows[rows[known->second]].line, list.rows[rows[i]].line));
    }
    if (!conflicts.empty())
        spdlog::warn("{}: images have several labels, and each is taken: {}", file,
                     image::first_of(conflicts));
}

}  // namespace

std::shared_ptr<const Dataset> open_list(const std::string& file, Split split,
                                         const DatasetOptions& options) {
    List list = read_list(file);
    for (const size_t column : list.columns.without_parts)
        if (!list.columns.part && split == Split::train)
            spdlog::info("{}: column '{}' names no parts such as train and val, and all images are taken",
                         file, list.columns.names.at(column));
    if (!list.columns.part && list.columns.never_training && split == Split::train)
        spdlog::warn(
            "{}: column '{}' gives no image for training, and all are taken: name the list of those for "
            "training",
            file, list.columns.names.at(*list.columns.never_training));
    keep_rows_of(list, split, file);
    check_fields(list, file);
    const ListLabels labels = read_labels(list.rows, list.columns, options.num_classes, file);
    if (labels.first_of_several)
        spdlog::info("{}: labels are those of column '{}'", file,
                     list.columns.names.at(list.columns.labels.front()));
    const ListPaths& base = base_of(list, file);
    std::vector<std::string> files = find_files(list, base, file);

    const ListPart wanted = wanted_part(list, split);
    std::vector<FileDataset::Entry> entries;
    std::vector<size_t> rows;
    entries.reserve(list.rows.size());
    for (size_t i = 0; i < list.rows.size(); ++i)
        if (part_of_row(list.rows[i], list.columns).value_or(wanted) == wanted) {
            entries.push_back({std::move(files[i]), labels.labels[i]});
            rows.push_back(i);
        }
    report_conflicts(list, entries, rows, file);
    return std::make_shared<FileDataset>(base.base(), std::move(entries), labels.num_classes, labels.names);
}

bool list_has_parts(const std::string& file) {
    try {
        return read_list(file).columns.part.has_value();
    } catch (const std::exception&) {
        return false;  // opening it says why
    }
}

}  // namespace vkm::train
