#include <base/open_file.h>
#include <image/decode/format.h>
#include <image/orientation.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace vkm::image {
namespace {

constexpr size_t max_file_bytes = size_t{512} << 20;
constexpr const char* too_large = "a file of more than 512 MiB is refused";

constexpr const Format* formats[] = {&jpeg_format, &png_format, &webp_format,
                                     &gif_format,  &bmp_format, &pnm_format};

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File open(const std::filesystem::path& path) {
    return {open_to_read(path), std::fclose};
}

const Format* format_of(Bytes bytes) {
    const auto* const format =
        std::find_if(std::begin(formats), std::end(formats), [&](auto* f) { return f->recognises(bytes); });
    return format == std::end(formats) ? nullptr : *format;
}

/// Returns the file's bytes, which stay valid until this thread reads another file. A worker reads thousands,
/// so the buffer is kept.
Bytes read_file(const std::filesystem::path& path) {
    thread_local std::vector<uint8_t> buffer;
    const File file = open(path);
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
    return Bytes(buffer).first(size);
}

Decoded decode(Bytes bytes, const DecodeOptions& options) {
    if (bytes.empty()) throw ImageError("the file is empty");
    if (bytes.size() > max_file_bytes) throw ImageError(too_large);
    const Format* format = format_of(bytes);
    if (!format) throw ImageError("not an image that can be read: {} are", image_format_names());
    return format->decode(bytes, options);
}

}  // namespace

void check_size(int64_t width, int64_t height) {
    // Neither side alone may be so long that the product overflows.
    if (width <= 0 || height <= 0 || width > max_image_pixels || height > max_image_pixels ||
        width * height > max_image_pixels) {
        throw ImageError("an image of {} x {} pixels is refused (at most {} million pixels)", width, height,
                         max_image_pixels / 1'000'000);
    }
}

std::string image_format_names() {
    std::string names;
    for (size_t i = 0; i < std::size(formats); ++i) {
        if (i > 0) names += i + 1 < std::size(formats) ? ", " : " and ";
        names += formats[i]->name;
    }
    return names;
}

std::vector<std::string_view> image_extensions() {
    std::vector<std::string_view> extensions;
    for (const Format* format : formats) {
        for (const std::string_view extension : format->extensions)
            if (!extension.empty()) extensions.push_back(extension);
    }
    return extensions;
}

bool has_image_extension(const std::filesystem::path& file) {
    std::string extension = file.extension().string();
    for (char& c : extension)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    static const std::vector<std::string_view> known = image_extensions();
    return std::ranges::find(known, extension) != known.end();
}

bool begins_as_image(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;  // opening a pipe would wait
    const File file = open(path);
    if (!file) return false;
    std::array<uint8_t, signature_bytes> signature;
    return format_of(Bytes(signature).first(std::fread(signature.data(), 1, signature.size(), file.get()))) !=
           nullptr;
}

Image decode_image(const std::filesystem::path& file, const DecodeOptions& options) {
    return decode_image(read_file(file), file.string(), options);
}

Image decode_image(Bytes bytes, const std::string& name, const DecodeOptions& options) {
    try {
        Decoded decoded = decode(bytes, options);
        Image image = oriented(std::move(decoded.image), decoded.orientation);
        if (!options.part || decoded.is_part) return image;
        const Rectangle part = options.part(image.height, image.width);
        return cut(std::move(image), part);
    } catch (const ImageError& error) {
        throw ImageError("{}: {}", name, error.what());
    }
}

}  // namespace vkm::image
