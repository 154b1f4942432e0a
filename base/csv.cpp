#include <base/csv.h>
#include <base/error.h>
#include <base/foreign_text.h>
#include <base/plain_text.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace vkm {
namespace {

/// Stands for no delimiter: the last blanks of a line divide it.
constexpr char blanks = ' ';
constexpr std::array delimiters{',', ';', '\t', '|'};

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

class Parser {
  public:
    Parser(std::string_view text, const std::string& name, char delimiter, size_t line = 1)
        : text_(text), name_(name), delimiter_(delimiter), line_(line) {}

    std::vector<CsvRow> run(size_t most = SIZE_MAX) {
        std::vector<CsvRow> rows;
        while (!at_end() && rows.size() < most) {
            CsvRow row{line_, {}};
            do {
                row.fields.push_back(field(row.fields.size()));
            } while (take_delimiter());
            end_line();
            if (std::ranges::any_of(row.fields, [](const std::string& field) {
                    return !std::ranges::all_of(field, is_blank);
                }))
                rows.push_back(std::move(row));
        }
        return rows;
    }

  private:
    bool at_end() const { return position_ >= text_.size(); }
    char peek() const { return at_end() ? '\n' : text_[position_]; }
    bool take(char c) {
        if (at_end() || text_[position_] != c) return false;
        ++position_;
        // CRLF is one line break: it counts with its LF.
        line_ += c == '\n' || (c == '\r' && peek() != '\n') || (c == '\r' && at_end());
        return true;
    }

    bool take_delimiter() {
        if (delimiter_ != blanks) return take(delimiter_);
        const size_t before = position_;
        skip_blanks();
        return position_ > before && peek() != '\r' && peek() != '\n';
    }

    void skip_blanks() {
        while (!at_end() && is_blank(peek()) && peek() != delimiter_)
            ++position_;
        if (delimiter_ == blanks)
            while (!at_end() && is_blank(peek()))
                ++position_;
    }

    std::string field(size_t number) {
        const size_t start = position_;
        skip_blanks();
        if (peek() == '"') {
            std::string field = quoted();
            if (delimiter_ != blanks) skip_blanks();
            return field;
        }
        if (delimiter_ != blanks) position_ = start;
        const size_t line_end = std::min(text_.find_first_of("\r\n", position_), text_.size());
        size_t end = std::min(text_.find(delimiter_, position_), line_end);
        if (delimiter_ == blanks) {
            end = line_end;
            while (end > position_ && is_blank(text_[end - 1]))
                --end;
            if (number == 0) end = before_last_blanks(end);
        }
        std::string field(text_.substr(position_, end - position_));
        position_ = end;
        return field;
    }

    /// Returns where the last blanks of the line begin, or `end` where there are none.
    size_t before_last_blanks(size_t end) const {
        size_t at = end;
        while (at > position_ && !is_blank(text_[at - 1]))
            --at;
        if (at == position_) return end;
        while (at > position_ && is_blank(text_[at - 1]))
            --at;
        return at;
    }

    std::string quoted() {
        const size_t opened = line_;
        take('"');
        std::string field;
        while (!at_end()) {
            if (take('"')) {
                if (!take('"')) return field;
                field += '"';  // a doubled quote stands for one
            } else {
                field += peek();
                take(peek());
            }
        }
        throw Error("{}:{}: a quote is opened and not closed", name_, opened);
    }

    void end_line() {
        if (delimiter_ == blanks) skip_blanks();
        if (at_end() || take('\n')) return;
        if (take('\r')) {
            take('\n');
            return;
        }
        throw Error("{}:{}: {} or the end of the line must follow the field", name_, line_,
                    name_of(delimiter_));
    }

    static std::string_view name_of(char delimiter) {
        switch (delimiter) {
            case ',':
                return "a comma";
            case ';':
                return "a semicolon";
            case '\t':
                return "a tab";
            default:
                return delimiter == blanks ? "a blank" : "the delimiter";
        }
    }

    std::string_view text_;
    const std::string& name_;
    const char delimiter_;
    size_t position_ = 0, line_;
};

/// Returns how many of the first rows have the number of fields, above one, that most of them have.
size_t alike(std::string_view text, char delimiter) {
    constexpr size_t rows_looked_at = 50;
    const std::string unnamed;
    std::vector<CsvRow> rows;
    try {
        rows = Parser(text, unnamed, delimiter).run(rows_looked_at);
    } catch (const Error&) {
        return 0;
    }
    std::map<size_t, size_t> rows_by_fields;
    size_t most = 0;
    for (const CsvRow& row : rows)
        if (row.fields.size() > 1) most = std::max(most, ++rows_by_fields[row.fields.size()]);
    return most;
}

char delimiter_of(std::string_view text) {
    std::array<size_t, delimiters.size()> rows{};
    std::ranges::transform(delimiters, rows.begin(), [&](char c) { return alike(text, c); });
    const auto best = std::ranges::max_element(rows);
    if (*best > 0) return delimiters.at(static_cast<size_t>(best - rows.begin()));
    return text.find_first_of(",;|") == std::string_view::npos ? blanks : ',';
}

/// Returns what a first line `sep=;` names, and takes the line away.
std::optional<char> take_stated_delimiter(std::string_view& text) {
    const size_t end = text.find_first_of("\r\n");
    std::string_view line = text.substr(0, end);
    if (line.size() > 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    if (line.size() != 5 || !line.starts_with("sep=") || end == std::string_view::npos) return {};
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    return line.back();
}

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
    std::string decoded;  // Excel's "Unicode Text" is UTF-16
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) text = decoded = utf8_text(text, name);
    require_plain_text(text, name);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    const std::optional<char> stated = take_stated_delimiter(text);
    return Parser(text, name, stated ? *stated : delimiter_of(text), stated ? 2 : 1).run();
}

}  // namespace vkm
