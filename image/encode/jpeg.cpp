// libjpeg-turbo leaves a function that fails by longjmp. So everything with a destructor lives outside of
// Compressor::run(), and what is run inside calls C only.
#include <image/encode/jpeg.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

namespace vkm::image {
namespace {

class Compressor {
  public:
    Compressor() {
        jpeg.err = jpeg_std_error(&errors_);
        jpeg.client_data = this;
        errors_.error_exit = fail;
        errors_.output_message = [](j_common_ptr) {};
    }
    ~Compressor() {
        jpeg_destroy_compress(&jpeg);
        std::free(file_);
    }
    Compressor(const Compressor&) = delete;

    /// Runs `step`. Returns whether it came to its end; message() says why it did not.
    template <typename Step>
    bool run(const Step& step) {
        if (setjmp(escape_) != 0) return false;
        step();
        return true;
    }
    void write_to_memory() { jpeg_mem_dest(&jpeg, &file_, &bytes_); }

    const char* message() const { return message_; }
    std::vector<std::byte> file() const {
        const auto* const begin = reinterpret_cast<const std::byte*>(file_);
        return {begin, begin + bytes_};
    }

    jpeg_compress_struct jpeg{};

  private:
    [[noreturn]] static void fail(j_common_ptr info) {
        Compressor& self = *static_cast<Compressor*>(info->client_data);
        info->err->format_message(info, self.message_);
        std::longjmp(self.escape_, 1);
    }

    jpeg_error_mgr errors_{};
    std::jmp_buf escape_{};
    unsigned char* file_ = nullptr;
    unsigned long bytes_ = 0;
    char message_[JMSG_LENGTH_MAX] = "";
};

}  // namespace

std::vector<std::byte> encode_jpeg(const Image& image, int quality) {
    if (image.width < 1 || image.height < 1 ||
        image.rgb.size() != size_t{3} * static_cast<size_t>(image.width) * static_cast<size_t>(image.height))
        throw ImageError("an image of {} x {} pixels and {} bytes cannot be written as JPEG", image.width,
                         image.height, image.rgb.size());
    Compressor compressor;
    jpeg_compress_struct& jpeg = compressor.jpeg;
    const size_t row_bytes = size_t{3} * static_cast<size_t>(image.width);
    const bool written = compressor.run([&] {
        jpeg_create_compress(&jpeg);
        compressor.write_to_memory();
        jpeg.image_width = static_cast<JDIMENSION>(image.width);
        jpeg.image_height = static_cast<JDIMENSION>(image.height);
        jpeg.input_components = 3;
        jpeg.in_color_space = JCS_RGB;
        jpeg_set_defaults(&jpeg);
        jpeg_set_quality(&jpeg, quality, TRUE);
        jpeg_start_compress(&jpeg, TRUE);
        while (jpeg.next_scanline < jpeg.image_height) {
            auto* row = const_cast<JSAMPLE*>(image.rgb.data() + row_bytes * jpeg.next_scanline);
            jpeg_write_scanlines(&jpeg, &row, 1);
        }
        jpeg_finish_compress(&jpeg);
    });
    if (!written)
        throw ImageError("an image of {} x {} pixels cannot be written as JPEG: {}", image.width,
                         image.height, compressor.message());
    return compressor.file();
}

}  // namespace vkm::image
