#include <image/encode/png.h>

#include <png.h>

namespace vkm::image {

std::vector<std::byte> encode_png(const Image& image) {
    if (image.width < 1 || image.height < 1 ||
        image.rgb.size() != size_t{3} * static_cast<size_t>(image.width) * static_cast<size_t>(image.height))
        throw ImageError("an image of {} x {} pixels and {} bytes cannot be written as PNG", image.width,
                         image.height, image.rgb.size());
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    header.format = PNG_FORMAT_RGB;
    header.width = static_cast<png_uint_32>(image.width);
    header.height = static_cast<png_uint_32>(image.height);
    png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(header);
    std::vector<std::byte> file(bytes);
    if (!png_image_write_to_memory(&header, file.data(), &bytes, 0, image.rgb.data(), 0, nullptr))
        throw ImageError("an image of {} x {} pixels cannot be written as PNG: {}", image.width, image.height,
                         static_cast<const char*>(header.message));
    file.resize(bytes);
    return file;
}

}  // namespace vkm::image
