#pragma once

#include <image/image.h>

#include <optional>
#include <span>
#include <string_view>

namespace vkm::image {

/// Returns the orientation, 1 .. 8, that EXIF data (a TIFF header, or "Exif\0\0" and one) gives its image.
/// Returns nothing where it gives none or cannot be read.
std::optional<int> exif_orientation(std::span<const uint8_t> exif);

/// Does the same with EXIF data in ImageMagick's form for texts: three lines of heading, then hexadecimal.
std::optional<int> raw_profile_orientation(std::string_view text);

/// Does the same with an XMP document.
std::optional<int> xmp_orientation(std::string_view xmp);

/// Turns and mirrors the image as the orientation asks for: 1 leaves it, 2 mirrors it, 3 and 4 turn it by 180
/// degrees (4 mirrored), 6 and 7 by 90 to the right (7 mirrored), 8 and 5 to the left (5 mirrored).
Image oriented(Image image, int orientation);

}  // namespace vkm::image
