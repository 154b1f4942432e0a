// Windows and OS/2 bitmaps.
#include <image/decode/little_endian.h>
#include <image/decode/palette.h>

#include <algorithm>
#include <bit>

namespace vkm::image {
namespace {

constexpr size_t file_header_bytes = 14;

enum Compression : uint32_t { none, rle8, rle4, bit_fields, jpeg, png, alpha_bit_fields };

struct Header {
    size_t size = 0;
    int64_t width = 0, height = 0;
    bool top_down = false;
    int bits = 0;  ///< a pixel
    uint32_t compression = none, colours = 0;
    std::array<uint32_t, 3> masks{};  ///< of red, green and blue

    bool is_core() const { return size == 12; }  ///< OS/2 1.x
    bool has_palette() const { return bits <= 8; }
    bool is_rle() const { return compression == rle8 || compression == rle4; }
};

Header read_header(LittleEndianReader& reader) {
    Header header;
    header.size = reader.u32();
    constexpr std::array known{12, 16, 40, 52, 56, 64, 108, 124};
    if (std::find(known.begin(), known.end(), header.size) == known.end())
        throw ImageError("a BMP header of {} bytes is not supported", header.size);
    if (header.is_core()) {
        header.width = reader.u16();
        header.height = reader.u16();
    } else {
        header.width = static_cast<int32_t>(reader.u32());
        header.height = static_cast<int32_t>(reader.u32());
    }
    header.top_down = header.height < 0;
    header.height = std::abs(header.height);
    reader.u16();  // planes
    header.bits = reader.u16();
    if (header.size < 40) return header;
    header.compression = reader.u32();
    reader.bytes(12);  // the size of the pixels' data, which many leave 0, and pixels a metre
    header.colours = reader.u32();
    reader.u32();  // important colours
    // In a header of 40 bytes the masks follow it, in longer ones they are its next part.
    const bool in_header = header.size == 52 || header.size == 56 || header.size >= 108;
    if (in_header || header.compression == bit_fields || header.compression == alpha_bit_fields) {
        for (uint32_t& mask : header.masks)
            mask = reader.u32();
    }
    return header;
}

void check_supported(const Header& header) {
    const auto unsupported = [&] {
        throw ImageError("BMP of {} bits a pixel and compression {} is not supported", header.bits,
                         header.compression);
    };
    switch (header.bits) {
        case 1:
        case 2:
        case 4:
        case 8:
            if (header.compression != none && !(header.compression == rle8 && header.bits == 8) &&
                !(header.compression == rle4 && header.bits == 4)) {
                unsupported();
            }
            break;
        case 16:
        case 24:
        case 32:
            if (header.compression != none && header.compression != bit_fields &&
                header.compression != alpha_bit_fields) {
                unsupported();
            }
            break;
        default:
            unsupported();
    }
    // OS/2 2.x has other compressions under these numbers.
    if (header.size == 64 && header.compression >= bit_fields) unsupported();
}

/// Takes the bits of one colour out of a pixel, as a byte.
class Field {
  public:
    Field() = default;
    explicit Field(uint32_t mask) : shift_(mask ? std::countr_zero(mask) : 0), greatest_(mask >> shift_) {
        if ((greatest_ & (uint64_t{greatest_} + 1)) != 0)
            throw ImageError("BMP with scattered bit fields is not supported");
    }
    /// Returns the colour scaled to 0 .. 255, rounded down as Pillow does.
    uint8_t operator()(uint32_t pixel) const {
        if (greatest_ == 0) return 0;
        return static_cast<uint8_t>(uint64_t{pixel >> shift_ & greatest_} * 255 / greatest_);
    }

  private:
    int shift_ = 0;
    uint32_t greatest_ = 0;
};

std::array<Field, 3> fields_of(const Header& header) {
    std::array<uint32_t, 3> masks{0xff0000, 0xff00, 0xff};
    if (header.bits == 16) masks = {0x7c00, 0x3e0, 0x1f};
    const bool given = header.compression == bit_fields || header.compression == alpha_bit_fields;
    if (given && std::any_of(header.masks.begin(), header.masks.end(), [](uint32_t m) { return m != 0; }))
        masks = header.masks;
    return {Field(masks[0]), Field(masks[1]), Field(masks[2])};
}

Palette read_palette(Bytes file, size_t at, size_t count, size_t entry_bytes) {
    Palette palette = grey_palette();
    for (size_t i = 0; i < std::min(count, palette.size()) && at + entry_bytes <= file.size();
         ++i, at += entry_bytes)
        palette[i] = {file[at + 2], file[at + 1], file[at]};
    return palette;
}

/// Returns where row `y` of the file goes.
uint8_t* row_of(Image& image, const Header& header, int64_t y) {
    return &image.rgb[static_cast<size_t>(3 * image.width * (header.top_down ? y : image.height - 1 - y))];
}

void decode_row(const uint8_t* in, const Header& header, const Palette& palette,
                const std::array<Field, 3>& fields, uint8_t* out) {
    const auto width = static_cast<size_t>(header.width), bits = static_cast<size_t>(header.bits);
    if (header.has_palette()) {
        const size_t per_byte = 8 / bits, mask = (size_t{1} << bits) - 1;
        for (size_t x = 0; x < width; ++x, out += 3) {
            const size_t index = size_t{in[x / per_byte]} >> (8 - bits - bits * (x % per_byte)) & mask;
            std::copy_n(palette[index].begin(), 3, out);
        }
        return;
    }
    const bool plain = header.compression == none && bits >= 24;
    for (size_t x = 0; x < width; ++x, in += bits / 8, out += 3) {
        if (plain) {
            out[0] = in[2];
            out[1] = in[1];
            out[2] = in[0];
            continue;
        }
        uint32_t pixel = 0;
        for (size_t i = 0; i < bits / 8; ++i)
            pixel |= uint32_t{in[i]} << (8 * i);
        for (size_t c = 0; c < 3; ++c)
            out[c] = fields[c](pixel);
    }
}

Image decode_rows(Bytes data, const Header& header, const Palette& palette) {
    const std::array<Field, 3> fields = fields_of(header);
    const int64_t row_bits = header.width * header.bits;
    const int64_t stride = (row_bits + 31) / 32 * 4;
    // Rows begin at multiples of four bytes; what pads the last one may be missing.
    if (static_cast<int64_t>(data.size()) < stride * (header.height - 1) + (row_bits + 7) / 8)
        throw ImageError(truncated);
    Image image = blank_image(header.width, header.height);
    for (int64_t y = 0; y < header.height; ++y)
        decode_row(data.data() + stride * y, header, palette, fields, row_of(image, header, y));
    return image;
}

/// Decodes run lengths: pairs of bytes, a count and a colour (two of them in RLE4), or 0 and a command. What
/// they leave out has the first colour; what they give beyond a row is dropped.
Image decode_runs(Bytes data, const Header& header, const Palette& palette) {
    LittleEndianReader reader(data);
    Image image = blank_image(header.width, header.height);
    for (size_t i = 0; i < image.rgb.size(); i += 3)
        std::copy(palette[0].begin(), palette[0].end(), &image.rgb[i]);
    int64_t x = 0, y = 0;
    const auto put = [&](size_t index) {
        if (x < header.width) std::copy_n(palette[index].begin(), 3, row_of(image, header, y) + 3 * x);
        ++x;
    };
    const bool is_rle4 = header.compression == rle4;
    const auto half = [](uint8_t byte, size_t i) { return i % 2 == 0 ? byte >> 4 : byte & 15; };
    while (y < header.height) {
        // The last row is complete without a command that says so.
        if (y == header.height - 1 && x >= header.width && reader.left().size() < 2) break;
        const size_t count = reader.u8();
        const uint8_t value = reader.u8();
        if (count > 0) {
            for (size_t i = 0; i < count; ++i)
                put(is_rle4 ? half(value, i) : value);
        } else if (value == 0) {  // end of row
            x = 0;
            ++y;
        } else if (value == 1) {  // end of image
            break;
        } else if (value == 2) {  // move right and up
            x += reader.u8();
            y += reader.u8();
        } else {  // so many colours follow, to an even number of bytes
            const Bytes colours = reader.bytes(is_rle4 ? (value + 1u) / 2 : value);
            for (size_t i = 0; i < value; ++i)
                put(is_rle4 ? half(colours[i / 2], i) : colours[i]);
            if (colours.size() % 2 != 0 && !reader.left().empty()) reader.u8();
        }
    }
    return image;
}

/// Asks for a header's size below 256 too, so that no text that begins with these letters is taken for one.
bool recognises(Bytes file) {
    return starts_with(file, "BM") && (file.size() < 18 || (file[15] | file[16] | file[17]) == 0);
}

Decoded decode(Bytes file, const DecodeOptions&) {
    LittleEndianReader reader(file, 10);
    size_t pixels_at = reader.u32();
    const Header header = read_header(reader);
    check_size(header.width, header.height);
    check_supported(header);

    const size_t entry_bytes = header.is_core() ? 3 : 4;
    const size_t colours = !header.has_palette() ? 0
                           : header.colours > 0  ? header.colours
                                                 : size_t{1} << header.bits;
    const size_t palette_at = file_header_bytes + header.size;
    // Some files say that their pixels are where the palette is, or nowhere.
    if (pixels_at == 0 || (pixels_at == palette_at && colours > 0)) {
        const size_t masks = header.size == 40 && header.compression == bit_fields ? 12 : 0;
        pixels_at = palette_at + masks + entry_bytes * colours;
    }
    if (pixels_at > file.size()) throw ImageError(truncated);
    const Palette palette = read_palette(file, palette_at, colours, entry_bytes);
    const Bytes data = file.subspan(pixels_at);
    return {header.is_rle() ? decode_runs(data, header, palette) : decode_rows(data, header, palette)};
}

}  // namespace

extern const Format bmp_format{"BMP", {".bmp", ".dib"}, recognises, decode};

}  // namespace vkm::image
