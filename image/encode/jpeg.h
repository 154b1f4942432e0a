#pragma once

#include <image/image.h>

#include <cstddef>
#include <vector>

namespace vkm::image {

/// Returns the image as a JPEG file as Pillow's save(…, quality=…) writes it: baseline, colour at half the resolution
/// (4:2:0). Quality is 1 .. 100. Throws ImageError where it has no pixels, other ones than its size says, more than
/// 65,500 a side, or no memory for it.
std::vector<std::byte> encode_jpeg(const Image&, int quality);

}  // namespace vkm::image
