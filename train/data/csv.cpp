#include <base/error.h>
#include <train/data/csv.h>

#include <algorithm>

namespace vkm::train {
namespace {

class Parser {
  public:
    Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {
        if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
    }

    std::vector<CsvRow> run() {
        std::vector<CsvRow> rows;
        while (!at_end()) {
            CsvRow row{line_, {}};
            do {
                row.fields.push_back(peek() == '"' ? quoted() : plain());
            } while (take(','));
            end_line();
            const bool empty = row.fields.size() == 1 && row.fields[0].empty();
            if (!empty) rows.push_back(std::move(row));
        }
        return rows;
    }

  private:
    bool at_end() const { return position_ >= text_.size(); }
    char peek() const { return at_end() ? '\n' : text_[position_]; }
    bool take(char c) {
        if (at_end() || text_[position_] != c) return false;
        line_ += c == '\n';
        ++position_;
        return true;
    }

    std::string plain() {
        const size_t end = std::min(text_.find_first_of(",\r\n", position_), text_.size());
        std::string field(text_.substr(position_, end - position_));
        position_ = end;
        return field;
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
        take('\r');
        if (!at_end() && !take('\n')) {
            throw Error("{}:{}: a comma or the end of the line must follow the field", name_, line_);
        }
    }

    std::string_view text_;
    const std::string& name_;
    size_t position_ = 0, line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
    return Parser(text, name).run();
}

}  // namespace vkm::train
