#include <base/plain_text.h>
#include <infer/labels/forms.h>

#include <nlohmann/json.hpp>

namespace vkm::infer {
namespace {

/// Goes through a literal, of which it keeps numbers, strings and punctuation.
class Literal {
  public:
    explicit Literal(std::string_view text) : text_(text) {}

    std::string json() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '\'' || c == '"')
                quoted(c);
            else if (c >= '0' && c <= '9')
                number();
            else
                punctuation(c);
        }
        return json_;
    }

  private:
    void quoted(char quote) {
        std::string value;
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\') ++at_;  // what follows stands for itself, as \' does
            if (at_ < text_.size()) value += text_[at_];
        }
        ++at_;
        json_ += nlohmann::json(value).dump();
    }

    // A key of JSON is a string.
    void number() {
        const size_t end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
        const std::string_view digits = text_.substr(at_, end - at_);
        const size_t next = text_.find_first_not_of(" \t\r\n", end);
        const bool key = next != std::string_view::npos && text_[next] == ':';
        json_.append(key ? "\"" : "").append(digits).append(key ? "\"" : "");
        at_ = end;
    }

    // JSON has no comma behind the last.
    void punctuation(char c) {
        ++at_;
        if ((c == '}' || c == ']') && json_.ends_with(',')) json_.pop_back();
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') json_ += c;
    }

    std::string_view text_;
    size_t at_ = 0;
    std::string json_;
};

}  // namespace

std::string json_of_python(std::string_view text) {
    return Literal(text).json();
}

}  // namespace vkm::infer
