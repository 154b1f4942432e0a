// The portable anymap family: P1 .. P3 as text and P4 .. P6 in binary, of bits, greys and colours.
#include <image/decode/format.h>

#include <algorithm>
#include <cmath>

namespace vkm::image {
namespace {

constexpr size_t max_digits = 10;

bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

class TextReader {
  public:
    explicit TextReader(Bytes file) : left_(file) {}

    Bytes left() const { return left_; }

    /// Reads the next number, and the byte of white space behind it.
    uint32_t number() {
        uint32_t value = 0;
        size_t digits = 0;
        for (;;) {
            if (left_.empty()) {
                if (digits == 0) throw ImageError(truncated);
                return value;
            }
            const uint8_t byte = take();
            if (is_space(byte)) {
                if (digits > 0) return value;
            } else if (byte == '#') {
                skip_comment();
            } else if (byte >= '0' && byte <= '9' && ++digits < max_digits) {
                value = 10 * value + (byte - '0');
            } else {
                throw ImageError("corrupt: a number of the PNM file is none");
            }
        }
    }

    /// Reads the next 0 or 1, which needs no space around it.
    bool bit() {
        for (;;) {
            if (left_.empty()) throw ImageError(truncated);
            const uint8_t byte = take();
            if (byte == '0' || byte == '1') return byte == '1';
            if (byte == '#') {
                skip_comment();
            } else if (!is_space(byte)) {
                throw ImageError("corrupt: a bit of the PNM file is neither 0 nor 1");
            }
        }
    }

  private:
    uint8_t take() {
        const uint8_t byte = left_[0];
        left_ = left_.subspan(1);
        return byte;
    }
    void skip_comment() {
        const auto end =
            std::find_if(left_.begin(), left_.end(), [](uint8_t b) { return b == '\n' || b == '\r'; });
        left_ = left_.subspan(std::min(left_.size(), static_cast<size_t>(end - left_.begin()) + 1));
    }

    Bytes left_;
};

/// Returns the nearest of 0 .. 255 for each of 0 .. maximum; a half goes to the even one, as in Python.
std::vector<uint8_t> scale_to_bytes(uint32_t maximum) {
    std::vector<uint8_t> scaled(maximum + 1);
    for (size_t value = 0; value <= maximum; ++value)
        scaled[value] = static_cast<uint8_t>(std::nearbyint(static_cast<double>(value) / maximum * 255));
    return scaled;
}

/// Reads bits, of which 1 is black. Calls `put` with the byte of each pixel.
template <typename Put>
void read_bits(TextReader& reader, bool text, const Image& image, const Put& put) {
    const size_t row_bytes = (static_cast<size_t>(image.width) + 7) / 8;
    const Bytes packed = reader.left();
    for (size_t y = 0; y < static_cast<size_t>(image.height); ++y) {
        for (size_t x = 0; x < static_cast<size_t>(image.width); ++x) {
            const bool bit = text ? reader.bit() : packed[row_bytes * y + x / 8] >> (7 - x % 8) & 1;
            put(bit ? 0 : 255);
        }
    }
}

/// Reads values. Calls `put` with each as a byte.
template <typename Put>
void read_values(TextReader& reader, bool text, uint32_t maximum, size_t count, const Put& put) {
    const std::vector<uint8_t> scaled = scale_to_bytes(maximum);
    const uint8_t* in = reader.left().data();
    for (size_t i = 0; i < count; ++i) {
        uint32_t value = 0;
        if (text) {
            value = reader.number();
            if (value > maximum) throw ImageError("corrupt: a value of the PNM file is above its maximum");
        } else if (maximum < 256) {
            value = *in++;
        } else {
            value = in[0] * 256u + in[1];
            in += 2;
        }
        put(scaled[std::min(value, maximum)]);
    }
}

bool recognises(Bytes file) {
    return file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' &&
           (is_space(file[2]) || file[2] == '#');
}

Decoded decode(Bytes file, const DecodeOptions&) {
    const bool text = file[1] <= '3';
    const int kind = (file[1] - '1') % 3;  // bits, greys, colours
    TextReader reader(file.subspan(2));
    const size_t width = reader.number(), height = reader.number();
    const uint32_t maximum = kind == 0 ? 1 : reader.number();
    if (maximum == 0 || maximum > 65535)
        throw ImageError("corrupt: the maximum of a PNM file is between 1 and 65535, not {}", maximum);
    check_size(static_cast<int64_t>(width), static_cast<int64_t>(height));

    // Before memory is taken: a text holds a byte or more for each value.
    const size_t count = width * height * (kind == 2 ? 3 : 1);
    const size_t least = text        ? count
                         : kind == 0 ? (width + 7) / 8 * height
                                     : count * (maximum < 256 ? 1 : 2);
    if (reader.left().size() < least) throw ImageError(truncated);
    Image image = blank_image(static_cast<int64_t>(width), static_cast<int64_t>(height));
    uint8_t* out = image.rgb.data();
    const auto put_grey = [&](uint8_t value) { out = std::fill_n(out, 3, value); };
    if (kind == 0) {
        read_bits(reader, text, image, put_grey);
    } else if (kind == 1) {
        read_values(reader, text, maximum, count, put_grey);
    } else {
        read_values(reader, text, maximum, count, [&](uint8_t value) { *out++ = value; });
    }
    return {std::move(image)};
}

}  // namespace

extern const Format pnm_format{"PNM", {".ppm", ".pgm", ".pbm", ".pnm"}, recognises, decode};

}  // namespace vkm::image
