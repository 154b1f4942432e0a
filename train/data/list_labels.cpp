#include <train/data/list_labels.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace vkm::train {
namespace {

/// The largest class count where the model's is not known: a larger label is an identifier
/// taken for a class number.
constexpr int max_classes = 1'000'000;

/// Returns the number that a text is, in the forms that programs write labels in.
std::optional<double> label_number(const std::string& text) {
    if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string::npos) return {};
    if (text.find_first_of("0123456789") == std::string::npos) return {};
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end != text.c_str() + text.size()) return {};
    return value;
}

bool is_number(const CsvRow& row, size_t column) {
    return label_number(field_of(row, column)).has_value();
}

/// pandas writes a missing value so where it is told to write one.
bool is_missing(const std::string& text) {
    return text.empty() || text == "nan" || text == "NaN" || text == "<NA>";
}

/// A class's name becomes text in weights files, which is UTF-8.
bool is_utf8(const std::string& text) {
    try {
        static_cast<void>(nlohmann::json(text).dump());
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

class LabelReader {
  public:
    LabelReader(const std::vector<CsvRow>& rows, const ListColumns& columns, int num_classes,
                const std::string& file)
        : rows_(rows),
          columns_(columns),
          class_limit_(num_classes > 0 ? num_classes : max_classes),
          file_(file) {}

    ListLabels run() const {
        if (columns_.one_hot) return by_columns();
        const size_t first = columns_.labels.front();
        if (!holds_numbers(first)) {
            const auto numbers =
                std::ranges::find_if(columns_.labels, [&](size_t c) { return holds_numbers(c); });
            if (numbers != columns_.labels.end())
                if (auto named = numbered_and_named(*numbers, first)) return *named;
            return alone(by_names(first));
        }
        for (const size_t other : columns_.labels)
            if (!holds_numbers(other))
                if (auto named = numbered_and_named(first, other)) return *named;
        return alone(by_numbers(first));
    }

  private:
    /// A column of numbers may hold a few mistakes; one with a number or two among names is one of names.
    bool holds_numbers(size_t column) const {
        const auto numbers =
            std::ranges::count_if(rows_, [&](const CsvRow& row) { return is_number(row, column); });
        return 2 * static_cast<size_t>(numbers) >= rows_.size();
    }

    ListLabels alone(ListLabels labels) const {
        labels.first_of_several = columns_.labels.size() > 1;
        return labels;
    }

    bool begin_with_1(size_t column) const {
        double least = max_classes;
        for (const CsvRow& row : rows_)
            least = std::min(least, label_number(field_of(row, column)).value_or(least));
        return least == 1;
    }

    template <typename... Arguments>
    [[noreturn]] void fail(const CsvRow& row, fmt::format_string<Arguments...> text,
                           Arguments&&... arguments) const {
        throw DatasetError("{}:{}: {}", file_, row.line,
                           fmt::format(text, std::forward<Arguments>(arguments)...));
    }

    int number(const CsvRow& row, size_t column) const {
        const std::string text = field_of(row, column);
        if (is_missing(text)) fail(row, "the label is empty: give the image one, or take the row away");
        const std::optional<double> value = label_number(text);
        if (!value) {
            fail(row,
                 "label '{}' is not a number, but most labels of this list are: use one or the other, class "
                 "numbers from 0 or names",
                 text);
        }
        if (*value != std::floor(*value))
            fail(row, "label '{}' is not a whole number: labels are class numbers from 0", text);
        if (*value >= 0 && *value < class_limit_) return static_cast<int>(*value);
        if (class_limit_ == max_classes)
            fail(row, "label {} is out of range: class numbers begin with 0 and are below {}", text,
                 max_classes);
        fail(row, "label {} is out of range: {} classes are numbered from 0 to {}, see --num-classes{}", text,
             class_limit_, class_limit_ - 1, *value == class_limit_ && begin_with_1(column) ? hint_ : "");
    }

    ListLabels by_columns() const {
        ListLabels result;
        result.num_classes = static_cast<int>(columns_.labels.size());
        for (const size_t column : columns_.labels) {
            result.names.push_back(columns_.names.at(column));
            if (!is_utf8(result.names.back()))
                throw DatasetError("{}: the name of a column is not UTF-8: save the list as CSV UTF-8",
                                   file_);
        }
        for (const CsvRow& row : rows_) {
            const auto hot = std::ranges::find_if(
                columns_.labels, [&](size_t c) { return label_number(field_of(row, c)) == 1; });
            result.labels.push_back(static_cast<int>(hot - columns_.labels.begin()));
        }
        return result;
    }

    ListLabels by_numbers(size_t column) const {
        ListLabels result;
        for (const CsvRow& row : rows_) {
            result.labels.push_back(number(row, column));
            result.num_classes = std::max(result.num_classes, result.labels.back() + 1);
        }
        return result;
    }

    std::string name(const CsvRow& row, size_t column) const {
        std::string text = field_of(row, column);
        if (is_missing(text)) fail(row, "the label is empty: give the image one, or take the row away");
        if (is_number(row, column)) {
            fail(row, "label '{}' is a number, but most labels of this list are names: use one or the other",
                 text);
        }
        if (!is_utf8(text)) fail(row, "the label is not UTF-8: save the list as CSV UTF-8");
        return text;
    }

    ListLabels by_names(size_t column) const {
        ListLabels result;
        std::vector<std::string> texts;
        for (const CsvRow& row : rows_)
            texts.push_back(name(row, column));
        result.names = texts;
        std::ranges::sort(result.names);
        result.names.erase(std::unique(result.names.begin(), result.names.end()), result.names.end());
        for (const std::string& text : texts)
            result.labels.push_back(
                static_cast<int>(std::ranges::lower_bound(result.names, text) - result.names.begin()));
        result.num_classes = static_cast<int>(result.names.size());
        return result;
    }

    /// Returns nothing where the columns do not name the same classes, one to one and from 0 without gaps.
    std::optional<ListLabels> numbered_and_named(size_t numbers, size_t names) const {
        std::map<double, std::string> name_of;
        std::map<std::string, double> number_of_name;
        for (const CsvRow& row : rows_) {
            const std::optional<double> value = label_number(field_of(row, numbers));
            const std::string text = field_of(row, names);
            if (!value || is_missing(text)) return {};
            if (name_of.emplace(*value, text).first->second != text) return {};
            if (number_of_name.emplace(text, *value).first->second != *value) return {};
        }
        double next = 0;
        for (const auto& [value, text] : name_of)
            if (value != next++) return {};
        ListLabels result = by_numbers(numbers);
        for (const CsvRow& row : rows_)
            static_cast<void>(name(row, names));
        for (const auto& [value, text] : name_of)
            result.names.push_back(text);
        return result;
    }

    static constexpr std::string_view hint_ = "; labels that begin with 1 need 1 subtracted";

    const std::vector<CsvRow>& rows_;
    const ListColumns& columns_;
    const int class_limit_;
    const std::string& file_;
};

}  // namespace

ListLabels read_labels(const std::vector<CsvRow>& rows, const ListColumns& columns, int num_classes,
                       const std::string& file) {
    return LabelReader(rows, columns, num_classes, file).run();
}

}  // namespace vkm::train
