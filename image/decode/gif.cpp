// Reads the first frame of a GIF. giflib does not read files with stray bytes between their blocks, or cut
// behind the pixels. They are common, and Pillow reads them.
#include <image/decode/little_endian.h>
#include <image/decode/palette.h>

#include <algorithm>

namespace vkm::image {
namespace {

constexpr const char* corrupt = "cannot decode image (corrupt GIF data)";
constexpr const char* too_little_data = "truncated: too little data for the image's size";

bool recognises(Bytes file) {
    return starts_with(file, "GIF87a") || starts_with(file, "GIF89a");
}

Palette read_palette(LittleEndianReader& reader, uint8_t flags) {
    Palette palette = grey_palette();
    const Bytes colours = reader.bytes(size_t{3} << ((flags & 7) + 1));
    for (size_t i = 0; i < colours.size() / 3; ++i)
        std::copy_n(&colours[3 * i], 3, palette[i].begin());
    return palette;
}

/// Reads the codes of an image: bits of blocks, each with its length in front; an empty block ends them.
class CodeReader {
  public:
    explicit CodeReader(LittleEndianReader& reader) : reader_(reader) {}

    int next(int size) {
        while (bit_count_ < size) {
            if (block_.empty()) block_ = next_block();
            bits_ |= uint32_t{block_[0]} << bit_count_;
            block_ = block_.subspan(1);
            bit_count_ += 8;
        }
        const int code = static_cast<int>(bits_ & ((1u << size) - 1));
        bits_ >>= size;
        bit_count_ -= size;
        return code;
    }

  private:
    /// Returns the next block, or what there is of it: the last one of a file that is cut may do.
    Bytes next_block() {
        const size_t size = reader_.u8();
        const Bytes block = reader_.bytes(std::min(size, reader_.left().size()));
        if (block.empty()) throw ImageError(too_little_data);
        return block;
    }

    LittleEndianReader& reader_;
    Bytes block_;
    uint32_t bits_ = 0;
    int bit_count_ = 0;
};

/// Decodes LZW: a code stands for a string of colours, and every code adds one to the table: the string
/// before it and the first colour of its own.
class Strings {
  public:
    static constexpr int max_size = 12, max_codes = 1 << max_size;

    Strings(CodeReader& codes, int first_size) : codes_(codes), first_size_(first_size) { clear(); }

    /// Calls `take(colour)` until it returns false.
    template <typename Take>
    void decode(const Take& take) {
        const int clear_code = 1 << first_size_, end_code = clear_code + 1;
        for (;;) {
            const int code = codes_.next(size_);
            if (code == clear_code) {
                clear();
                continue;
            }
            if (code == end_code) throw ImageError(too_little_data);
            if (code > next_ || (previous_ < 0 && code > clear_code)) throw ImageError(corrupt);
            const size_t length = expand(code, clear_code);
            for (size_t i = length; i > 0; --i) {
                if (!take(string_[i - 1])) return;
            }
        }
    }

  private:
    void clear() {
        size_ = first_size_ + 1;
        next_ = (1 << first_size_) + 2;
        previous_ = -1;
    }

    /// Writes the code's string to string_, from its end to its start, and adds to the table.
    size_t expand(int code, int clear_code) {
        size_t length = 0;
        int c = code;
        if (previous_ >= 0 && code == next_) {  // the string that is added here
            string_[length++] = first_colour_;
            c = previous_;
        }
        while (c >= clear_code) {
            if (c >= max_codes || length + 1 >= string_.size()) throw ImageError(corrupt);
            string_[length++] = last_colour_[static_cast<size_t>(c)];
            c = before_[static_cast<size_t>(c)];
        }
        first_colour_ = string_[length++] = static_cast<uint8_t>(c);
        if (previous_ >= 0 && next_ < max_codes) {
            last_colour_[static_cast<size_t>(next_)] = first_colour_;
            before_[static_cast<size_t>(next_)] = static_cast<int16_t>(previous_);
            if (next_ == (1 << size_) - 1 && size_ < max_size) ++size_;
            ++next_;
        }
        previous_ = code;
        return length;
    }

    CodeReader& codes_;
    const int first_size_;
    int size_ = 0, next_ = 0, previous_ = -1;
    uint8_t first_colour_ = 0;
    std::array<uint8_t, max_codes> last_colour_{};
    std::array<int16_t, max_codes> before_{};
    std::array<uint8_t, max_codes + 2> string_{};
};

/// Walks over the rows: one after another, or every eighth first and then those between.
class RowOrder {
  public:
    RowOrder(int height, bool interlaced)
        : height_(height), passes_(interlaced ? std::span<const Pass>(interlaced_passes) : one_pass) {}

    int current() const { return y_; }

    /// Goes to the next row. Returns false after the last.
    bool advance() {
        y_ += passes_[0].step;
        while (y_ >= height_) {
            passes_ = passes_.subspan(1);
            if (passes_.empty()) return false;
            y_ = passes_[0].first;
        }
        return true;
    }

  private:
    struct Pass {
        int first, step;
    };
    static constexpr Pass interlaced_passes[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}}, one_pass[] = {{0, 1}};

    int height_, y_ = 0;
    std::span<const Pass> passes_;
};

struct FrameHeader {
    int left, top, width, height;
    bool interlaced;
    Palette palette;
    int transparent;  ///< an index, or -1
};

/// Reads a block that describes the frame behind it. Returns the transparent colour's index, or `before`.
int read_extension(LittleEndianReader& reader, int before) {
    constexpr uint8_t graphic_control = 0xf9;
    const uint8_t label = reader.u8();
    for (bool first = true;; first = false) {
        const Bytes block = reader.bytes(reader.u8());
        if (block.empty()) return before;
        if (first && label == graphic_control && block.size() >= 4 && block[0] & 1) before = block[3];
    }
}

FrameHeader read_to_frame(LittleEndianReader& reader, const Palette& global) {
    int transparent = -1;
    for (;;) {
        switch (reader.u8()) {
            case '!':
                transparent = read_extension(reader, transparent);
                break;
            case ',': {
                FrameHeader frame{};
                frame.left = reader.u16();
                frame.top = reader.u16();
                frame.width = reader.u16();
                frame.height = reader.u16();
                const uint8_t flags = reader.u8();
                frame.interlaced = flags & 0x40;
                frame.palette = flags & 0x80 ? read_palette(reader, flags) : global;
                frame.transparent = transparent;
                return frame;
            }
            case ';':
                throw ImageError("a GIF without an image");
            default:  // stray bytes between blocks
                break;
        }
    }
}

/// Gives what the frame leaves of the screen the transparent colour or else the first, as Pillow does.
Decoded decode(Bytes file, const DecodeOptions&) {
    LittleEndianReader reader(file, 6);
    const int screen_width = reader.u16(), screen_height = reader.u16();
    const uint8_t flags = reader.u8();
    reader.u16();  // background colour, which viewers ignore, and shape of pixels
    const Palette global = flags & 0x80 ? read_palette(reader, flags) : grey_palette();
    const FrameHeader frame = read_to_frame(reader, global);
    check_size(frame.width, frame.height);
    const int code_size = reader.u8();
    if (code_size > 11) throw ImageError(corrupt);
    // Before memory is taken: no code stands for more colours than the table has places.
    const int64_t codes_at_most = static_cast<int64_t>(reader.left().size()) * 8 / (code_size + 1);
    if (int64_t{frame.width} * frame.height > codes_at_most * Strings::max_codes)
        throw ImageError(too_little_data);

    Image image = blank_image(std::max(screen_width, frame.left + frame.width),
                              std::max(screen_height, frame.top + frame.height));
    if (frame.width < image.width || frame.height < image.height) {
        const Colour& rest = frame.palette[static_cast<size_t>(std::max(frame.transparent, 0))];
        for (size_t i = 0; i < image.rgb.size(); i += 3)
            std::copy(rest.begin(), rest.end(), &image.rgb[i]);
    }
    CodeReader codes(reader);
    Strings strings(codes, code_size);
    RowOrder rows(frame.height, frame.interlaced);
    const auto row_start = [&] {
        return &image.rgb[3 * ((size_t{0} + frame.top + rows.current()) * image.width + frame.left)];
    };
    uint8_t* pixel = row_start();
    int x = 0;
    strings.decode([&](uint8_t colour) {
        std::copy_n(frame.palette[colour].begin(), 3, pixel);
        pixel += 3;
        if (++x < frame.width) return true;
        x = 0;
        if (!rows.advance()) return false;
        pixel = row_start();
        return true;
    });
    return {std::move(image)};
}

}  // namespace

extern const Format gif_format{"GIF", {".gif"}, recognises, decode};

}  // namespace vkm::image
