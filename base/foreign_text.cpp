#include <base/error.h>
#include <base/foreign_text.h>
#include <base/stand_in.h>

#include <array>

namespace vkm {
namespace {

using namespace std::string_view_literals;

struct TextKind {
    std::string_view begins, what;
};

constexpr std::array text_kinds{
    TextKind{"PK\x03\x04"sv, "a spreadsheet or another zip file: save it as CSV UTF-8"},
    TextKind{"\xD0\xCF\x11\xE0"sv, "an old Excel file: save it as CSV UTF-8"},
    TextKind{"PAR1\x15"sv, "a Parquet file: write it as CSV"},
};

}  // namespace

void require_plain_text(std::string_view bytes, const std::string& name) {
    for (const TextKind& kind : text_kinds)
        if (bytes.starts_with(kind.begins)) throw Error("{}: is {}", name, kind.what);
    // An empty list has its own message.
    if (const auto what = bytes.empty() ? std::nullopt : describe_stand_in(bytes))
        throw Error("{}: is {}", name, *what);
    if (bytes.find('\0') != std::string_view::npos)
        throw Error("{}: holds zero bytes, so it is UTF-16 or no text: save it as CSV UTF-8", name);
}

}  // namespace vkm
