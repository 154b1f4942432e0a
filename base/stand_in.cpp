#include <base/stand_in.h>

#include <algorithm>
#include <cctype>

namespace vkm {
namespace {

using namespace std::string_view_literals;

struct Kind {
    std::string_view begins, what;
};

constexpr Kind kinds[] = {
    {"version https://git-lfs.github.com/spec/"sv,
     "a Git LFS pointer and not the file itself; run `git lfs pull`, or download the file from its web page"},
    {"\x1f\x8b\x08"sv, "compressed with gzip; unpack it first (gunzip, or tar -xzf)"},
    {"\xfd"
     "7zXZ\0"sv,
     "compressed with xz; unpack it first (unxz, or tar -xJf)"},
    {"\x28\xb5\x2f\xfd"sv, "compressed with zstd; unpack it first (unzstd, or tar --zstd -xf)"},
    {"7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive; unpack it first"},
    {"Rar!\x1a\x07"sv, "a RAR archive; unpack it first"},
};

constexpr std::string_view tags_of_pages[] = {"<!doctype html", "<html", "<head", "<!--"};

// Its fourth byte is the level of compression.
bool is_bzip2(std::string_view bytes) {
    return bytes.starts_with("BZh") && bytes.substr(std::min<size_t>(4, bytes.size())).starts_with("1AY&SY");
}

// Returns the first characters of a text in lower case, without byte-order mark and blanks.
std::string beginning(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
    const size_t first = std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size());
    std::string out(bytes.substr(first, 64));
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

}  // namespace

std::optional<std::string> describe_stand_in(std::string_view bytes) {
    if (bytes.empty()) return "empty; copy or download it again";
    for (const Kind& kind : kinds)
        if (bytes.starts_with(kind.begins)) return std::string(kind.what);
    if (is_bzip2(bytes)) return "compressed with bzip2; unpack it first (bunzip2, or tar -xjf)";
    const std::string start = beginning(bytes);
    if (std::ranges::any_of(tags_of_pages, [&](std::string_view tag) { return start.starts_with(tag); }))
        return "a web page and not the file itself; open its address in a browser and take the link that "
               "downloads it (on GitHub and Hugging Face: raw or resolve instead of blob)";
    if (start.starts_with("<?xml"))
        return "XML text, often a server's error message in place of the file; download it again";
    if (std::ranges::all_of(bytes, [](char c) { return c == '\0'; }))
        return "nothing but zeros, as an interrupted download leaves behind; download it again";
    return {};
}

}  // namespace vkm
