// libpng leaves a function that fails by longjmp. So everything with a destructor lives outside of
// Reader::run(), and what is run inside calls C only.
#include <image/decode/format.h>
#include <image/decode/png_text.h>
#include <image/orientation.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <new>
#include <optional>

#include <png.h>

namespace vkm::image {
namespace {

/// Reads a file that is fed to it, rather than asking for more. So it stops at the last pixel, whatever
/// compressed data follow, and a file that ends there is complete.
class Reader {
  public:
    Reader() {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, [](png_structp, const char*) {});
        info = png ? png_create_info_struct(png) : nullptr;
        if (!info) {
            png_destroy_read_struct(&png, nullptr, nullptr);
            throw ImageError("no memory to decode the image");
        }
    }
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader&) = delete;

    /// Runs `step`. Returns whether it came to its end; `message` says why it did not.
    template <typename Step>
    bool run(const Step& step) {
        if (setjmp(escape_) != 0) return false;
        step();
        return true;
    }

    png_structp png = nullptr;
    png_infop info = nullptr;
    char message[128] = "";
    bool has_header = false;
    size_t unread = 0;       ///< bytes behind the header
    Image* image = nullptr;  ///< where rows go
    bool has_image = false;
    std::optional<int> exif, raw_profile, xmp;  ///< the orientations they give

  private:
    [[noreturn]] static void fail(png_structp png, const char* message) {
        Reader& self = *static_cast<Reader*>(png_get_error_ptr(png));
        std::strncpy(self.message, message, sizeof(self.message) - 1);
        std::longjmp(self.escape_, 1);
    }

    std::jmp_buf escape_{};
};

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";

bool recognises(Bytes file) {
    return starts_with(file, signature);
}

/// Returns whether the file begins with a chunk of Apple's. Only Apple's tools read most of such files.
bool is_apples(Bytes file) {
    return file.size() > 16 && starts_with(file.subspan(12), "CgBI");
}

/// Makes an index beyond the palette a grey, as Pillow does.
void complete_palette(Reader& reader) {
    png_colorp known = nullptr;
    int count = 0;
    png_get_PLTE(reader.png, reader.info, &known, &count);
    std::array<png_color, PNG_MAX_PALETTE_LENGTH> palette;
    for (size_t i = 0; i < palette.size(); ++i) {
        const auto grey = static_cast<png_byte>(i);
        palette[i] = i < static_cast<size_t>(count) ? known[i] : png_color{grey, grey, grey};
    }
    png_set_PLTE(reader.png, reader.info, palette.data(), 1 << png_get_bit_depth(reader.png, reader.info));
}

/// Asks for rows of three bytes a pixel.
void ask_for_rgb(Reader& reader) {
    if (png_get_color_type(reader.png, reader.info) == PNG_COLOR_TYPE_PALETTE) {
        complete_palette(reader);
        png_set_palette_to_rgb(reader.png);
    } else {
        png_set_expand_gray_1_2_4_to_8(reader.png);
        png_set_gray_to_rgb(reader.png);
    }
    png_set_strip_16(reader.png);
    png_set_strip_alpha(reader.png);
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    if (png_get_rowbytes(reader.png, reader.info) != size_t{3} * png_get_image_width(reader.png, reader.info))
        png_error(reader.png, "unexpected kind of pixels");
}

void take_header(png_structp png, png_infop) {
    Reader& reader = *static_cast<Reader*>(png_get_progressive_ptr(png));
    // As Pillow: the checksums of what comes before the pixels count; the pixels have another one.
    png_set_crc_action(png, PNG_CRC_WARN_USE, PNG_CRC_WARN_USE);
    png_set_benign_errors(png, 0);
    ask_for_rgb(reader);
    reader.has_header = true;
    reader.unread = png_process_data_pause(png, 0);
}

/// Takes a row of a pass; `row` is null where the pass has none of its pixels.
void take_row(png_structp png, png_bytep row, png_uint_32 y, int pass) {
    Reader& reader = *static_cast<Reader*>(png_get_progressive_ptr(png));
    Image& image = *reader.image;
    if (row) png_progressive_combine_row(png, image.rgb.data() + size_t{3} * image.width * y, row);
    const int last_pass = png_get_interlace_type(png, reader.info) == PNG_INTERLACE_NONE ? 0 : 6;
    reader.has_image |= pass == last_pass && y + 1 == static_cast<png_uint_32>(image.height);
}

/// Takes a chunk that libpng is told not to read, and returns whether it was handled. Apple's comes before
/// the header, which libpng otherwise takes for an error.
int take_chunk(png_structp png, png_unknown_chunkp chunk) noexcept {
    Reader& reader = *static_cast<Reader*>(png_get_user_chunk_ptr(png));
    const std::string_view name(reinterpret_cast<const char*>(chunk->name), 4);
    const Bytes data(chunk->data, chunk->size);
    if (name == "CgBI") return 1;
    try {
        if (name == "eXIf" && !reader.exif) reader.exif = exif_orientation(data);
        const auto look_for = [&](const char* key, auto orientation_in, std::optional<int>& orientation) {
            const auto text = orientation ? std::nullopt : png_text(name, data, key);
            if (text) orientation = orientation_in(*text);
        };
        look_for("Raw profile type exif", raw_profile_orientation, reader.raw_profile);
        look_for("XML:com.adobe.xmp", xmp_orientation, reader.xmp);
    } catch (const std::bad_alloc&) {
        return 0;  // no exception may pass through libpng
    }
    return 0;
}

void prepare(Reader& reader) {
    png_set_progressive_read_fn(reader.png, &reader, take_header, take_row, nullptr);
    // As Pillow: a stream may reach back further than it announces.
    png_set_option(reader.png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
    png_set_benign_errors(reader.png, 1);
    // Only what the picture needs: others may be wrong, or inflate to any size.
    png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, reinterpret_cast<png_const_bytep>("tRNS"),
                                1);
    png_set_read_user_chunk_fn(reader.png, &reader, take_chunk);
    png_set_chunk_malloc_max(reader.png, 0);  // a chunk may be as large as the file
}

Decoded decode(Bytes file, const DecodeOptions&) {
    Reader reader;
    const auto feed = [&](Bytes bytes) {
        // libpng does not write to it.
        png_process_data(reader.png, reader.info, const_cast<png_bytep>(bytes.data()), bytes.size());
    };
    const auto refuse = [&](bool failed) {
        if (is_apples(file))
            throw ImageError("a PNG of Apple's own kind (CgBI) is not supported: convert it");
        if (failed) throw ImageError("cannot decode image ({})", reader.message);
        throw ImageError(truncated);
    };
    const bool well_begun = reader.run([&] {
        prepare(reader);
        feed(file);
    });
    if (!well_begun || !reader.has_header) refuse(!well_begun);
    Decoded result{blank_image(png_get_image_width(reader.png, reader.info),
                               png_get_image_height(reader.png, reader.info))};
    reader.image = &result.image;
    // What follows the pixels may say which way is up, and may be missing or wrong.
    const bool well_ended = reader.run([&] { feed(file.last(reader.unread)); });
    if (!reader.has_image) refuse(!well_ended);
    // As Pillow: XMP counts where there is no EXIF data.
    result.orientation = reader.exif.value_or(reader.raw_profile.value_or(reader.xmp.value_or(1)));
    return result;
}

}  // namespace

extern const Format png_format{"PNG", {".png", ".apng"}, recognises, decode};

}  // namespace vkm::image
