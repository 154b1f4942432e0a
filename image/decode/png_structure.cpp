#include <base/checksum.h>
#include <image/decode/png_structure.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace vkm::image {
namespace {

using namespace std::string_view_literals;

constexpr auto signature = "\x89PNG\r\n\x1a\n"sv;
constexpr std::array critical_chunks{"IHDR"sv, "PLTE"sv, "IDAT"sv, "IEND"sv};
constexpr const char* truncated = "truncated: the file ends before the image does";

std::string_view text_of(std::span<const uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

uint32_t big_endian(std::span<const uint8_t> bytes) {
    return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

std::optional<std::string> png_structure_problem(std::span<const uint8_t> file) {
    if (!text_of(file).starts_with(signature)) return "not a PNG file";
    // A chunk is the length of its data, four letters, the data, and a checksum of letters and data.
    constexpr size_t frame_bytes = 12;
    bool has_data = false;
    for (auto left = file.subspan(signature.size()); left.size() >= frame_bytes;) {
        const size_t length = big_endian(left);
        if (length > left.size() - frame_bytes) return truncated;
        const std::string_view type = text_of(left.subspan(4, 4));
        const bool is_ancillary = type[0] & 0x20;  // a small letter: the image can be shown without
        if (!is_ancillary &&
            std::find(critical_chunks.begin(), critical_chunks.end(), type) == critical_chunks.end()) {
            return "a chunk of unknown kind";
        }
        if (crc32(std::as_bytes(left.subspan(4, 4 + length))) != big_endian(left.subspan(8 + length))) {
            return "corrupt: a chunk's checksum differs";
        }
        has_data |= type == "IDAT" && length > 0;
        if (type == "IEND") return has_data ? std::nullopt : std::optional<std::string>("no image data");
        left = left.subspan(frame_bytes + length);
    }
    return truncated;
}

}  // namespace vkm::image
