#include <image/orientation.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace vkm::image {
namespace {

using namespace std::string_view_literals;

/// Reads integers of a TIFF file; nothing beyond its end.
class TiffReader {
  public:
    TiffReader(std::span<const uint8_t> bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

    std::optional<uint32_t> integer(size_t at, size_t size) const {
        if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
        uint32_t value = 0;
        for (size_t i = 0; i < size; ++i)
            value = value << 8 | bytes_[at + (big_endian_ ? i : size - 1 - i)];
        return value;
    }

  private:
    std::span<const uint8_t> bytes_;
    bool big_endian_;
};

std::optional<int> checked(std::optional<uint32_t> orientation) {
    if (!orientation || *orientation < 1 || *orientation > 8) return std::nullopt;
    return static_cast<int>(*orientation);
}

}  // namespace

std::optional<int> exif_orientation(std::span<const uint8_t> exif) {
    const auto starts_with = [&](std::string_view prefix) {
        return std::string_view(reinterpret_cast<const char*>(exif.data()), exif.size()).starts_with(prefix);
    };
    if (starts_with("Exif\0\0"sv)) exif = exif.subspan(6);
    const bool big_endian = starts_with("MM\0*"sv);
    if (!big_endian && !starts_with("II*\0"sv)) return std::nullopt;
    const TiffReader tiff(exif, big_endian);

    constexpr uint32_t orientation_tag = 0x0112;
    constexpr size_t entry_bytes = 12;  // tag, type, count, and the value itself where four bytes hold it
    const size_t directory = tiff.integer(4, 4).value_or(0);
    const uint32_t entries = tiff.integer(directory, 2).value_or(0);
    for (uint32_t i = 0; i < entries; ++i) {
        const size_t entry = directory + 2 + entry_bytes * i;
        const auto tag = tiff.integer(entry, 2);
        if (!tag) break;
        if (*tag != orientation_tag || tiff.integer(entry + 4, 4) != 1u) continue;
        const uint32_t type = tiff.integer(entry + 2, 2).value_or(0);
        const size_t size = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;  // BYTE, SHORT, LONG
        return size > 0 ? checked(tiff.integer(entry + 8, size)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<int> raw_profile_orientation(std::string_view text) {
    for (int line = 0; line < 3; ++line)
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    std::vector<uint8_t> exif;
    int high = -1;
    for (const char c : text) {
        if (c == '\n') continue;
        const size_t digit = "0123456789abcdef0123456789ABCDEF"sv.find(c);
        if (digit == std::string_view::npos) break;
        const int value = static_cast<int>(digit % 16);
        if (high >= 0) exif.push_back(static_cast<uint8_t>(16 * high + value));
        high = high >= 0 ? -1 : value;
    }
    return exif_orientation(exif);
}

std::optional<int> xmp_orientation(std::string_view xmp) {
    constexpr std::string_view name = "tiff:Orientation";
    for (size_t at = xmp.find(name); at != std::string_view::npos; at = xmp.find(name, at + 1)) {
        std::string_view value = xmp.substr(at + name.size());
        if (value.starts_with("=\"")) {
            value.remove_prefix(2);
        } else if (value.starts_with('>')) {
            value.remove_prefix(1);
        } else {
            continue;
        }
        if (!value.empty() && value[0] >= '0' && value[0] <= '9')
            return checked(static_cast<uint32_t>(value[0] - '0'));
    }
    return std::nullopt;
}

Image oriented(Image image, int orientation) {
    if (orientation <= 1 || orientation > 8) return image;
    // Where each pixel of the result comes from: the first, and the steps to its right and lower neighbours.
    const ptrdiff_t w = image.width, h = image.height;
    const bool transposed = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const ptrdiff_t along_row = from_right ? -1 : 1, along_column = from_bottom ? -w : w;
    const ptrdiff_t right = transposed ? along_column : along_row;
    const ptrdiff_t down = transposed ? along_row : along_column;

    Image result{transposed ? image.width : image.height, transposed ? image.height : image.width, {}};
    result.rgb.resize(image.rgb.size());
    ptrdiff_t row = (from_right ? w - 1 : 0) + (from_bottom ? (h - 1) * w : 0);
    uint8_t* out = result.rgb.data();
    for (int y = 0; y < result.height; ++y, row += down) {
        ptrdiff_t pixel = row;
        for (int x = 0; x < result.width; ++x, pixel += right, out += 3)
            std::copy_n(image.rgb.data() + 3 * pixel, 3, out);
    }
    return result;
}

}  // namespace vkm::image
