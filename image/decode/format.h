#pragma once

#include <image/decode/decode.h>

#include <array>
#include <string_view>

namespace vkm::image {

using Bytes = std::span<const uint8_t>;

inline constexpr size_t signature_bytes = 32;

struct Decoded {
    Image image;
    int orientation = 1;   ///< EXIF's, 1 .. 8
    bool is_part = false;  ///< the image is what DecodeOptions::part has chosen
};

/// Reads one file format. decode() is given files that recognises() accepts, which needs no more than
/// their first signature_bytes.
/// It throws ImageError with the reason alone: the caller adds the file's name.
struct Format {
    const char* name;
    std::array<std::string_view, 5> extensions;  ///< of its files' names, lower case; the rest are empty
    bool (*recognises)(Bytes file);
    Decoded (*decode)(Bytes file, const DecodeOptions& options);
};

extern const Format jpeg_format, png_format, webp_format, gif_format, bmp_format, pnm_format;

inline constexpr const char* truncated = "truncated: the file ends before the image does";

/// Throws ImageError where an image of this size is empty or too large.
void check_size(int64_t width, int64_t height);

/// Returns a black image. Throws as check_size() does.
Image blank_image(int64_t width, int64_t height);

inline bool starts_with(Bytes file, std::string_view prefix) {
    return file.size() >= prefix.size() &&
           std::string_view(reinterpret_cast<const char*>(file.data()), prefix.size()) == prefix;
}

}  // namespace vkm::image
