#pragma once

#include <image/image.h>

#include <cstddef>
#include <vector>

namespace vkm::image {

/// Returns the image as a PNG file, losslessly. Throws ImageError where it has no pixels, other ones than its
/// size says, or no memory for it.
std::vector<std::byte> encode_png(const Image&);

}  // namespace vkm::image
