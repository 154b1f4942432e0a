#include <image/decode/decode.h>
#include <image/decode/decoding_budget.h>
#include <image/decode/jpeg_structure.h>
#include <image/decode/png_structure.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#define STBI_NO_STDIO
#include <stb_image.h>

namespace vkm::image {
namespace {

constexpr size_t max_file_bytes = size_t{512} << 20;
constexpr const char* truncated = "truncated: the file ends before the image does";
constexpr const char* too_large = "a file of more than 512 MiB is refused";

/// Feeds stb_image and remembers whether it asked for more than there is: it takes missing bytes for zeros.
struct Reader {
    std::span<const uint8_t> left;
    bool overrun = false;
    const char* own_buffer = nullptr;  ///< stb_image's, which the first read fills

    static int read(void* user, char* data, int size) {
        auto& self = *static_cast<Reader*>(user);
        const size_t count = std::min(self.left.size(), static_cast<size_t>(size));
        std::memcpy(data, self.left.data(), count);
        self.left = self.left.subspan(count);
        if (!self.own_buffer) self.own_buffer = data;
        // Its own buffer is filled ahead, as far as there is data; elsewhere it reads what it needs.
        self.overrun |= data == self.own_buffer ? count == 0 : count < static_cast<size_t>(size);
        return static_cast<int>(count);
    }
    static void skip(void* user, int size) {
        auto& self = *static_cast<Reader*>(user);
        if (size <= 0) return;  // backwards within stb's own buffer
        self.overrun |= static_cast<size_t>(size) > self.left.size();
        self.left = self.left.subspan(std::min(self.left.size(), static_cast<size_t>(size)));
    }
    static int eof(void* user) { return static_cast<Reader*>(user)->left.empty(); }
};

constexpr stbi_io_callbacks callbacks{Reader::read, Reader::skip, Reader::eof};

const char* failure_reason() {
    const char* reason = stbi_failure_reason();
    return reason ? reason : "corrupt";
}

/// The bytes stay valid until this thread reads another file: a worker reads thousands, so the buffer is
/// kept.
std::span<const uint8_t> read_file(const std::filesystem::path& path) {
    thread_local std::vector<uint8_t> buffer;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (!file) throw ImageError("{}: cannot open image ({})", path.string(), std::strerror(errno));
    constexpr size_t step = size_t{256} << 10;
    size_t size = 0;
    for (;;) {
        if (buffer.size() < size + step) buffer.resize(size + step);
        const size_t count = std::fread(buffer.data() + size, 1, step, file.get());
        size += count;
        if (count < step) break;
        if (size > max_file_bytes) throw ImageError("{}: {}", path.string(), too_large);
    }
    if (std::ferror(file.get()))
        throw ImageError("{}: cannot read image ({})", path.string(), std::strerror(errno));
    return std::span(buffer).first(size);
}

/// stb_image 2.27 converts these to RGB at twice the width of their buffer.
bool is_16_bit_pnm(std::span<const uint8_t> bytes) {
    Reader reader{bytes};
    return bytes[0] == 'P' && stbi_is_16_bit_from_callbacks(&callbacks, &reader);
}

/// BMP and PNM are not compressed: they hold one bit a pixel at least.
bool is_too_short(std::span<const uint8_t> bytes, int64_t pixels) {
    return (bytes[0] == 'B' || bytes[0] == 'P') && static_cast<int64_t>(bytes.size()) * 8 < pixels;
}

}  // namespace

Image decode_image(const std::filesystem::path& file) {
    return decode_image(read_file(file), file.string());
}

Image decode_image(std::span<const uint8_t> bytes, const std::string& name) {
    if (bytes.empty()) throw ImageError("{}: the file is empty", name);
    if (bytes.size() > max_file_bytes) throw ImageError("{}: {}", name, too_large);

    // Before stb_image sees any of it.
    const auto problem = bytes[0] == 0xff   ? jpeg_structure_problem(bytes)
                         : bytes[0] == 0x89 ? png_structure_problem(bytes)
                                            : std::nullopt;
    if (problem) throw ImageError("{}: {}", name, *problem);

    Image image;
    int channels = 0;
    Reader header{bytes};
    if (!stbi_info_from_callbacks(&callbacks, &header, &image.width, &image.height, &channels)) {
        throw ImageError("{}: not an image that can be read ({}); JPEG, PNG, BMP and PNM are", name,
                         failure_reason());
    }
    const int64_t pixel_count = int64_t{image.width} * image.height;
    if (image.width <= 0 || image.height <= 0 || pixel_count > max_image_pixels) {
        throw ImageError("{}: an image of {} x {} pixels is refused (at most {} million pixels)", name,
                         image.width, image.height, max_image_pixels / 1'000'000);
    }
    if (is_too_short(bytes, pixel_count)) throw ImageError("{}: {}", name, truncated);
    if (is_16_bit_pnm(bytes))
        throw ImageError("{}: PNM of 16 bits a value is not supported: convert it to PNG", name);

    // Compressed bytes are gathered, and a PNG inflates to four channels of 16 bits and a byte a row at most,
    // rows of interlaced ones eight times; buffers double as they grow.
    const DecodingBudget budget(2 * bytes.size() +
                                2 * static_cast<size_t>(8 * pixel_count + 8 * (image.width + image.height)) +
                                (size_t{1} << 20));
    Reader reader{bytes};
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
        stbi_load_from_callbacks(&callbacks, &reader, &image.width, &image.height, &channels, 3),
        stbi_image_free);
    if (reader.overrun) throw ImageError("{}: {}", name, truncated);
    if (!pixels) throw ImageError("{}: cannot decode image ({})", name, failure_reason());
    image.rgb.assign(pixels.get(), pixels.get() + size_t{3} * image.width * image.height);
    return image;
}

}  // namespace vkm::image
