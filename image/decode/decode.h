#pragma once

#include <image/image.h>

#include <filesystem>
#include <span>
#include <string>

namespace vkm::image {

/// Images of more pixels than this are refused: a corrupt header must not allocate the machine's memory.
inline constexpr int64_t max_image_pixels = 100'000'000;

/// Reads a JPEG, PNG, BMP or PNM (binary PGM, PPM) file; the content decides, not the name. Grey, palette,
/// CMYK and alpha become RGB as Pillow's convert("RGB") makes them (alpha is dropped, not blended), 16 bits
/// become 8, and EXIF orientation is ignored, as torchvision's image folder does. The same file gives the
/// same pixels or the same error. Throws ImageError where the file is missing, truncated, corrupt, too large
/// or of another format.
Image decode_image(const std::filesystem::path& file);

/// The same from memory; `name` is what errors call it.
Image decode_image(std::span<const uint8_t> bytes, const std::string& name);

}  // namespace vkm::image
