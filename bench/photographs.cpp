#include <bench/photographs.h>
#include <image/decode/decode.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <vector>

namespace vkm::bench {
namespace {

// Of a tar archive's header, which fills a block.
constexpr size_t block = 512, name_bytes = 100, size_at = 124, size_bytes = 12, kind_at = 156;
constexpr uint64_t largest_file = 64u << 20;

std::string_view field(const std::array<char, block>& header, size_t at, size_t bytes) {
    const std::string_view text(header.data() + at, bytes);
    return text.substr(0, text.find('\0'));
}

}  // namespace

void each_photograph(const std::filesystem::path& archive,
                     const std::function<bool(const std::string&, std::span<const uint8_t>)>& take) {
    std::ifstream file(archive, std::ios::binary);
    if (!file) throw NoPhotographs("{} cannot be read", archive.string());
    std::array<char, block> header{};
    std::vector<uint8_t> bytes;
    // Two blocks of zeros end an archive.
    while (file.read(header.data(), block) && header[0] != '\0') {
        const std::string name(field(header, 0, name_bytes));
        std::string_view digits = field(header, size_at, size_bytes);
        digits = digits.substr(0, digits.find(' '));
        uint64_t size = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 8);
        if (error != std::errc{} || end != digits.data() + digits.size() || size > largest_file)
            throw NoPhotographs("{} is no tar archive of photographs", archive.string());
        const uint64_t padded = (size + block - 1) / block * block;
        const bool regular = header[kind_at] == '0' || header[kind_at] == '\0';
        if (!regular || !image::has_image_extension(name)) {
            file.seekg(static_cast<std::streamoff>(padded), std::ios::cur);
            continue;
        }
        bytes.resize(padded);
        if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(padded)))
            throw NoPhotographs("{} ends in the middle of {}", archive.string(), name);
        if (!take(name, std::span(bytes).first(size))) return;
    }
}

}  // namespace vkm::bench
