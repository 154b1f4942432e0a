#include <base/error.h>
#include <train/data/plain_text.h>

#include <array>

namespace vkm::train {
namespace {

using namespace std::string_view_literals;

struct Kind {
    std::string_view begins, what;
};

constexpr std::array kinds{
    Kind{"PK\x03\x04"sv, "a spreadsheet or another zip file: save it as CSV UTF-8"},
    Kind{"\xD0\xCF\x11\xE0"sv, "an old Excel file: save it as CSV UTF-8"},
    Kind{"\x1F\x8B"sv, "compressed with gzip: unpack it"},
    Kind{"\x28\xB5\x2F\xFD"sv, "compressed with zstd: unpack it"},
    Kind{"BZh91AY&SY"sv, "compressed with bzip2: unpack it"},
    Kind{"\xFD"
         "7zXZ"sv,
         "compressed with xz: unpack it"},
    Kind{"PAR1\x15"sv, "a Parquet file: write it as CSV"},
    Kind{"version https://git-lfs"sv, "a Git LFS pointer, not the file: git lfs pull fetches that"},
    Kind{"<!DOCTYPE"sv, "a web page, not a list: download the file itself"},
    Kind{"<html"sv, "a web page, not a list: download the file itself"},
};

}  // namespace

void require_plain_text(std::string_view bytes, const std::string& name) {
    for (const Kind& kind : kinds)
        if (bytes.starts_with(kind.begins)) throw Error("{}: is {}", name, kind.what);
    if (bytes.find('\0') != std::string_view::npos)
        throw Error("{}: holds zero bytes, so it is UTF-16 or no text: save it as CSV UTF-8", name);
}

}  // namespace vkm::train
