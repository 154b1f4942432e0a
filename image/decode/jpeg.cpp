// libjpeg-turbo leaves a function that fails by longjmp. So everything with a destructor lives outside of
// Decompressor::run(), and what is run inside calls C only.
#include <image/decode/format.h>
#include <image/orientation.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <jpeglib.h>

#include <jerror.h>

namespace vkm::image {
namespace {

/// Progressive files repeat their scans over all of the image; no encoder writes near as many.
constexpr int max_scans = 500;

class Decompressor {
  public:
    explicit Decompressor(Bytes file) {
        jpeg.err = jpeg_std_error(&errors_);
        jpeg.client_data = this;
        errors_.error_exit = fail;
        errors_.emit_message = warn;
        errors_.output_message = [](j_common_ptr) {};
        if (!run([&] { jpeg_create_decompress(&jpeg); })) throw ImageError(failure());

        source_.next_input_byte = file.data();
        source_.bytes_in_buffer = file.size();
        source_.init_source = source_.term_source = [](j_decompress_ptr) {};
        source_.fill_input_buffer = end_of_file;
        source_.skip_input_data = skip;
        source_.resync_to_restart = jpeg_resync_to_restart;
        jpeg.src = &source_;
        progress_.progress_monitor = count_scans;
        jpeg.progress = &progress_;
    }
    ~Decompressor() { jpeg_destroy_decompress(&jpeg); }
    Decompressor(const Decompressor&) = delete;

    /// Runs `step`. Returns whether it came to its end; failure() says why it did not.
    template <typename Step>
    bool run(const Step& step) {
        if (setjmp(escape_) != 0) return false;
        step();
        return true;
    }

    std::string failure() const {
        return ended_ ? truncated : fmt::format("cannot decode image ({})", message_);
    }

    /// Returns, after the last row, whether the file ended before the data of all pixels had been read. A
    /// missing end-of-image marker alone takes nothing away.
    bool data_missing() const {
        if (!ended_) return false;
        if (starved_ || jpeg.arith_code) return true;  // an arithmetic decoder does not say what it lacks
        if (!jpeg.progressive_mode) return jpeg_has_multiple_scans(const_cast<j_decompress_ptr>(&jpeg));
        for (int c = 0; c < jpeg.num_components; ++c) {
            const int* missing_bits = jpeg.coef_bits[c];
            if (std::any_of(missing_bits, missing_bits + DCTSIZE2, [](int bits) { return bits != 0; }))
                return true;
        }
        return false;
    }

    jpeg_decompress_struct jpeg{};

  private:
    template <typename Info>
    static Decompressor& of(Info* info) {
        return *static_cast<Decompressor*>(info->client_data);
    }

    [[noreturn]] static void fail(j_common_ptr info) {
        Decompressor& self = of(info);
        info->err->format_message(info, self.message_);
        std::longjmp(self.escape_, 1);
    }

    /// Counts damage that the decoder gets over (level -1).
    static void warn(j_common_ptr info, int level) {
        if (level >= 0) return;
        ++info->err->num_warnings;
        Decompressor& self = of(info);
        self.starved_ |= self.ended_ && info->err->msg_code == JWRN_HIT_MARKER;
    }

    /// Gives the decoder an end-of-image marker, which it wants even where it needs no more data.
    static boolean end_of_file(j_decompress_ptr info) {
        static constexpr JOCTET end_of_image[] = {0xff, JPEG_EOI};
        of(info).ended_ = true;
        info->src->next_input_byte = end_of_image;
        info->src->bytes_in_buffer = sizeof(end_of_image);
        return TRUE;
    }

    static void skip(j_decompress_ptr info, long count) {
        if (count <= 0) return;
        if (static_cast<size_t>(count) > info->src->bytes_in_buffer) {
            end_of_file(info);
        } else {
            info->src->next_input_byte += count;
            info->src->bytes_in_buffer -= static_cast<size_t>(count);
        }
    }

    static void count_scans(j_common_ptr info) {
        if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= max_scans) return;
        Decompressor& self = of(info);
        std::snprintf(self.message_, sizeof(self.message_), "more than %d scans", max_scans);
        std::longjmp(self.escape_, 1);
    }

    jpeg_error_mgr errors_{};
    jpeg_source_mgr source_{};
    jpeg_progress_mgr progress_{};
    std::jmp_buf escape_{};
    char message_[JMSG_LENGTH_MAX] = "";
    bool ended_ = false;    ///< the decoder has read all of the file and asked for more
    bool starved_ = false;  ///< and had needed it
};

bool recognises(Bytes file) {
    return starts_with(file, "\xff\xd8\xff");
}

int orientation_of(const jpeg_decompress_struct& jpeg) {
    for (auto* marker = jpeg.marker_list; marker; marker = marker->next) {
        const Bytes data(marker->data, marker->data_length);
        if (marker->marker == JPEG_APP0 + 1 && starts_with(data, std::string_view("Exif\0", 5)))
            return exif_orientation(data).value_or(1);
    }
    return 1;
}

unsigned int divisor(const jpeg_decompress_struct& jpeg, int at_least) {
    if (at_least <= 0) return 1;
    unsigned int result = 8;
    while (result > 1 &&
           std::min(jpeg.image_width, jpeg.image_height) / static_cast<unsigned>(at_least) < result)
        result /= 2;
    return result;
}

/// Converts as Pillow, which takes every CMYK file for an inverted one, as Adobe's are: 255 is no ink.
void cmyk_to_rgb(const JSAMPLE* cmyk, int width, uint8_t* rgb) {
    for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
        const int light = cmyk[3];
        for (int c = 0; c < 3; ++c) {
            const int product = (255 - cmyk[c]) * light + 128;
            rgb[c] = static_cast<uint8_t>(light - ((product >> 8) + product) / 256);
        }
    }
}

/// Reads the rows of `part`, which is counted from the first column that the decoder gives.
void read_rows(Decompressor& decompressor, const Rectangle& part, unsigned first_column, Image& image) {
    jpeg_decompress_struct& jpeg = decompressor.jpeg;
    const bool is_cmyk = jpeg.out_color_space == JCS_CMYK;
    const auto first_row = static_cast<unsigned>(part.top), rows = static_cast<unsigned>(part.height);
    const size_t row_bytes = size_t{3} * image.width, skipped = part.left - first_column;
    std::vector<JSAMPLE> line(static_cast<size_t>(jpeg.output_components) * jpeg.output_width);
    const JSAMPLE* const wanted = line.data() + static_cast<size_t>(jpeg.output_components) * skipped;
    uint8_t* const rgb = image.rgb.data();
    if (!decompressor.run([&] {
            while (jpeg.output_scanline < first_row + rows) {
                const unsigned row = jpeg.output_scanline;
                JSAMPROW to = line.data();
                if (jpeg_read_scanlines(&jpeg, &to, 1) != 1 || row < first_row) continue;
                uint8_t* const out = rgb + row_bytes * (row - first_row);
                if (is_cmyk)
                    cmyk_to_rgb(wanted, image.width, out);
                else
                    std::memcpy(out, wanted, row_bytes);
            }
        })) {
        throw ImageError(decompressor.failure());
    }
}

/// Returns whether the file ends as it should. Of one that does not, all must be decoded to find what is missing.
bool has_end(Bytes file) {
    return file.size() >= 2 && file[file.size() - 2] == 0xff && file[file.size() - 1] == JPEG_EOI;
}

/// Decodes a part alone. Colours are interpolated from neighbours, so those of a block around it are decoded with it.
Image decode_part(Decompressor& decompressor, const Rectangle& part) {
    jpeg_decompress_struct& jpeg = decompressor.jpeg;
    Image image = blank_image(part.width, part.height);
    JDIMENSION left = 0;
    if (!decompressor.run([&] {
            jpeg_start_decompress(&jpeg);
            const auto block_width = static_cast<JDIMENSION>(jpeg.max_h_samp_factor * DCTSIZE);
            const auto block_height = static_cast<JDIMENSION>(jpeg.max_v_samp_factor * DCTSIZE);
            const auto first = static_cast<JDIMENSION>(part.left),
                       width = static_cast<JDIMENSION>(part.width);
            left = first > block_width ? first - block_width : 0;
            JDIMENSION columns = std::min(first + width + block_width, jpeg.output_width) - left;
            if (columns < jpeg.output_width) jpeg_crop_scanline(&jpeg, &left, &columns);
            const JDIMENSION blocks_above = static_cast<JDIMENSION>(part.top) / block_height;
            if (blocks_above > 1) jpeg_skip_scanlines(&jpeg, (blocks_above - 1) * block_height);
        })) {
        throw ImageError(decompressor.failure());
    }
    read_rows(decompressor, part, left, image);
    return image;
}

Decoded decode(Bytes file, const DecodeOptions& options) {
    Decompressor decompressor(file);
    jpeg_decompress_struct& jpeg = decompressor.jpeg;
    if (!decompressor.run([&] {
            jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
            jpeg_read_header(&jpeg, TRUE);
        })) {
        throw ImageError(decompressor.failure());
    }
    check_size(jpeg.image_width, jpeg.image_height);
    const bool is_cmyk = jpeg.num_components == 4;
    if (jpeg.num_components == 2 || jpeg.num_components > 4)
        throw ImageError("JPEG of {} components is not supported", jpeg.num_components);
    jpeg.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
    jpeg.scale_denom = divisor(jpeg, options.at_least);
    jpeg.scale_num = 1;
    // The coefficients of a progressive image: at most four components of two bytes a pixel, and in blocks
    // that reach beyond narrow images. Besides them, what markers hold.
    jpeg.mem->max_memory_to_use = static_cast<long>(
        file.size() + 8 * size_t{jpeg.image_width} * jpeg.image_height + (size_t{64} << 20));

    const int orientation = orientation_of(jpeg);
    if (options.part && orientation == 1 && jpeg.scale_denom == 1 && has_end(file))
        return {decode_part(decompressor, options.part(static_cast<int>(jpeg.image_height),
                                                       static_cast<int>(jpeg.image_width))),
                orientation, true};
    if (!decompressor.run([&] { jpeg_start_decompress(&jpeg); })) throw ImageError(decompressor.failure());
    Decoded result{blank_image(jpeg.output_width, jpeg.output_height), orientation};
    read_rows(decompressor, {0, 0, result.image.height, result.image.width}, 0, result.image);
    if (decompressor.data_missing()) throw ImageError(truncated);
    return result;
}

}  // namespace

extern const Format jpeg_format{"JPEG", {".jpg", ".jpeg", ".jpe", ".jfif", ".jif"}, recognises, decode};

}  // namespace vkm::image
