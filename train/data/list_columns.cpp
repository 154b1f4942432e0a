#include <image/decode/decode.h>
#include <train/data/list_columns.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vkm::train {
namespace {

// As people name them, without case, blanks and punctuation. The first that is there is taken.
constexpr std::array<std::string_view, 31> path_names{
    "path",      "filepath",      "imagepath", "imgpath", "imagefilepath", "file",        "filename",
    "imagefile", "imagefilename", "imagename", "imgname", "imgfile",       "imgfilename", "fname",
    "files",     "filenames",     "paths",     "image",   "images",        "img",         "imgs",
    "picture",   "photo",         "imageid",   "imgid",   "fileid",        "photoid",     "pictureid",
    "id",        "uuid",          "name"};
constexpr std::array<std::string_view, 33> label_names{
    "label",    "labels",      "class",      "classes",   "target",    "targets",      "y",
    "category", "classlabel",  "labelid",    "classid",   "targetid",  "categoryid",   "labelidx",
    "classidx", "labelindex",  "classindex", "labelname", "classname", "categoryname", "targetname",
    "cls",      "groundtruth", "gt",         "breed",     "species",   "diagnosis",    "type",
    "digit",    "variety",     "labelno",    "classno",   "tag"};
constexpr std::array<std::string_view, 8> part_names{"split", "set",     "subset", "partition",
                                                     "phase", "isvalid", "isval",  "istest"};

struct PartWord {
    std::string_view word;
    ListPart part;
};
constexpr std::array part_words{PartWord{"train", ListPart::training},
                                PartWord{"training", ListPart::training},
                                PartWord{"val", ListPart::validation},
                                PartWord{"valid", ListPart::validation},
                                PartWord{"validation", ListPart::validation},
                                PartWord{"dev", ListPart::validation},
                                PartWord{"test", ListPart::test},
                                PartWord{"testing", ListPart::test}};

constexpr size_t rows_looked_at = 32;

std::string plain_name(std::string_view text) {
    std::string plain;
    for (char c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
    }
    return plain;
}

std::string trimmed(const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool looks_like_path(const std::string& text) {
    return text.find_first_of("/\\") != std::string::npos || image::has_image_extension(text);
}

std::optional<long> whole_number(const std::string& text) {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

/// Returns the part that a field of a column with this name stands for.
std::optional<ListPart> part_named(const std::string& text, const std::string& column) {
    const std::string word = plain_name(text);
    if (column.starts_with("is")) {
        if (word == "true" || word == "1") return ListPart::validation;
        if (word == "false" || word == "0") return ListPart::training;
        return {};
    }
    const auto* const found = std::ranges::find(part_words, word, &PartWord::word);
    if (found == part_words.end()) return {};
    return found->part;
}

class Finder {
  public:
    Finder(std::vector<CsvRow>& rows, const PathFit& fit, const std::string& file)
        : rows_(rows), fit_(fit), file_(file) {}

    ListColumns run() {
        if (has_header())
            take_header();
        else
            check_widths();
        if (rows_.empty()) return std::move(found_);
        for (const CsvRow& row : rows_)
            width_ = std::max(width_, row.fields.size());
        while (width_ > 0 && is_empty(width_ - 1))
            --width_;
        found_.path = find_path();
        found_.part = find_part();
        found_.labels = find_labels();
        return std::move(found_);
    }

  private:
    /// A header names columns, or at least holds nothing that looks like a path where the next row does.
    bool has_header() const {
        if (holds_path(rows_.front())) return false;
        if (rows_.size() > 1 && holds_path(rows_[1])) return true;
        bool named = false;
        for (const std::string& field : rows_.front().fields) {
            const std::string name = plain_name(field);
            if (!name.empty() && fit_(trimmed(field)) > 0) return false;
            named |= std::ranges::find(path_names, name) != path_names.end() ||
                     std::ranges::find(label_names, name) != label_names.end();
        }
        return named && rows_.front().fields.size() > 1;
    }

    bool holds_path(const CsvRow& row) const {
        for (size_t c = 0; c < row.fields.size(); ++c) {
            const std::string text = field_of(row, c);
            if (looks_like_path(text) || (!text.empty() && fit_(text) == 2)) return true;
        }
        return false;
    }

    void take_header() {
        const CsvRow header = rows_.front();
        rows_.erase(rows_.begin());
        for (size_t c = 0; c < header.fields.size(); ++c)
            found_.names.push_back(field_of(header, c));
        while (!found_.names.empty() && found_.names.back().empty())
            found_.names.pop_back();
        // Some programs give the column of row names no name and no delimiter.
        const auto has_one_more = [&](const CsvRow& row) { return width_of(row) == found_.names.size() + 1; };
        if (!rows_.empty() && std::ranges::all_of(rows_, has_one_more) && counts_rows(0))
            found_.names.insert(found_.names.begin(), "");
    }

    /// Without a header the first row says how many fields there are.
    void check_widths() const {
        for (const CsvRow& row : rows_) {
            if (width_of(row) <= width_of(rows_.front())) continue;
            throw DatasetError(
                "{}:{}: a row has {} fields like the first, but this one has {}; quote a path with commas",
                file_, row.line, width_of(rows_.front()), width_of(row));
        }
    }

    bool is_empty(size_t column) const {
        return std::ranges::all_of(rows_, [&](const CsvRow& row) { return field_of(row, column).empty(); });
    }

    std::string name_of(size_t column) const {
        return column < found_.names.size() ? plain_name(found_.names[column]) : std::string();
    }

    template <size_t n>
    std::vector<size_t> named(const std::array<std::string_view, n>& names, bool even_empty = false) const {
        std::vector<size_t> columns;
        for (const std::string_view name : names) {
            for (size_t c = 0; c < found_.names.size(); ++c)
                if (name_of(c) == name && (even_empty || !is_empty(c))) columns.push_back(c);
        }
        return columns;
    }

    /// Counts the files among the first rows: those named in full, and those named without their extension.
    std::pair<size_t, size_t> files_in(size_t column) const {
        std::pair<size_t, size_t> files;
        for (size_t i = 0; i < std::min(rows_.size(), rows_looked_at); ++i) {
            const std::string text = field_of(rows_[i], column);
            const int fit = text.empty() ? 0 : fit_(text);
            files.first += fit == 2;
            files.second += fit == 1;
        }
        return files;
    }

    size_t find_path() const {
        const std::vector<size_t> by_name = named(path_names);
        std::vector<size_t> order = by_name;
        for (size_t c = 0; c < width_; ++c)
            if (std::ranges::find(order, c) == order.end()) order.push_back(c);
        using Files = std::pair<size_t, size_t>;
        Files most;
        std::optional<size_t> best;
        for (const size_t c : order) {
            const Files files = files_in(c);
            const bool is_named = std::ranges::find(by_name, c) != by_name.end();
            if (is_named && files != Files()) return c;
            if (files > most) {
                most = files;
                best = c;
            }
        }
        if (best) return *best;
        if (!by_name.empty()) return by_name.front();
        for (const size_t c : order)
            if (!rows_.empty() && looks_like_path(field_of(rows_.front(), c))) return c;
        if (found_.names.empty()) return 0;
        throw DatasetError("{}: none of its columns ({}) holds paths of images: name that one 'path'", file_,
                           fmt::join(found_.names, ", "));
    }

    std::optional<size_t> find_part() {
        for (const size_t c : named(part_names)) {
            if (c == found_.path) continue;
            size_t known = 0, training = 0;
            const CsvRow* other = nullptr;
            for (const CsvRow& row : rows_) {
                const std::optional<ListPart> part = part_named(field_of(row, c), name_of(c));
                known += part.has_value();
                training += part == ListPart::training;
                if (!part && other == nullptr) other = &row;
            }
            if (known == 0)
                found_.without_parts.push_back(c);
            else if (other != nullptr)
                refuse_part(*other, c);
            else if (training == 0)
                found_.never_training = c;
            else if (training < rows_.size())
                return c;
        }
        return {};
    }

    /// Throws for a row whose part is not known: it would be trained on, though it may be there to test with.
    [[noreturn]] void refuse_part(const CsvRow& row, size_t column) const {
        const std::string words = name_of(column).starts_with("is") ? "true or false" : "train, val or test";
        throw DatasetError("{}:{}: column '{}' has '{}', and in other rows parts of the list: write {}",
                           file_, row.line, found_.names.at(column), field_of(row, column), words);
    }

    /// Returns whether a column counts the rows, from 0 or 1 on.
    bool counts_rows(size_t column) const {
        const std::optional<long> first = whole_number(field_of(rows_.front(), column));
        if (!first || *first < 0 || *first > 1) return false;
        for (size_t i = 0; i < rows_.size(); ++i)
            if (whole_number(field_of(rows_[i], column)) != *first + static_cast<long>(i)) return false;
        return true;
    }

    /// Returns whether every row has a 1 in one of the columns and a 0 in all others.
    bool are_one_hot(const std::vector<size_t>& columns) const {
        if (columns.size() < 2 || columns.back() >= found_.names.size()) return false;
        return std::ranges::all_of(rows_, [&](const CsvRow& row) {
            size_t ones = 0, zeros = 0;
            for (const size_t c : columns) {
                const std::string text = field_of(row, c);
                ones += text == "1" || text == "1.0";
                zeros += text == "0" || text == "0.0";
            }
            return ones == 1 && zeros == columns.size() - 1;
        });
    }

    std::vector<size_t> find_labels() {
        std::vector<size_t> labels = named(label_names);
        std::erase(labels, found_.path);
        if (found_.part) std::erase(labels, *found_.part);
        if (!labels.empty() || rows_.empty()) return labels;
        std::vector<size_t> left;
        for (size_t c = 0; c < width_; ++c)
            if (c != found_.path && c != found_.part && !is_empty(c)) left.push_back(c);
        if (left.size() > 1) std::erase_if(left, [&](size_t c) { return is_index_name(c); });
        if (left.size() > 1) {
            const auto index =
                std::ranges::find_if(left, [&](size_t c) { return may_count_rows(c) && counts_rows(c); });
            if (index != left.end()) left.erase(index);
        }
        found_.one_hot = are_one_hot(left);
        if (found_.one_hot) return left;
        if (left.empty()) left = named(label_names, true);
        if (left.size() == 1) return left;
        if (found_.names.empty()) {
            throw DatasetError(
                "{}:{}: a row is a path and a label, but this one has {} fields: name the columns in a first line, "
                "path,label, and quote a path with commas",
                file_, rows_.front().line, rows_.front().fields.size());
        }
        throw DatasetError("{}: which of its columns ({}) holds the labels? Name that one 'label'", file_,
                           fmt::join(found_.names, ", "));
    }

    /// Returns whether a column is where an index would be: the first without a name, or one called a number.
    bool may_count_rows(size_t column) const {
        constexpr std::array<std::string_view, 7> numbers{"id", "no", "nr", "number", "row", "rowid", "idx"};
        return found_.names.empty() ? column == 0
                                    : std::ranges::find(numbers, name_of(column)) != numbers.end();
    }

    bool is_index_name(size_t column) const {
        if (column >= found_.names.size()) return false;
        const std::string name = name_of(column);
        return name.empty() || name == "index" || name.starts_with("unnamed");
    }

    std::vector<CsvRow>& rows_;
    const PathFit& fit_;
    const std::string& file_;
    size_t width_ = 0;
    ListColumns found_;
};

}  // namespace

ListColumns find_columns(std::vector<CsvRow>& rows, const PathFit& fit, const std::string& file) {
    return rows.empty() ? ListColumns() : Finder(rows, fit, file).run();
}

std::optional<ListPart> part_of_row(const CsvRow& row, const ListColumns& columns) {
    if (!columns.part) return {};
    return part_named(field_of(row, *columns.part), plain_name(columns.names.at(*columns.part)));
}

size_t width_of(const CsvRow& row) {
    size_t width = row.fields.size();
    while (width > 0 && field_of(row, width - 1).empty())
        --width;
    return width;
}

std::string field_of(const CsvRow& row, size_t column) {
    return column < row.fields.size() ? trimmed(row.fields[column]) : std::string();
}

}  // namespace vkm::train
