#pragma once

#include <base/error.h>

#include <cstdint>
#include <vector>

namespace vkm::image {

/// Says that an image cannot be read or decoded. The message names the file and the reason.
class ImageError : public Error {
  public:
    using Error::Error;
};

/// Holds an 8-bit image, [height, width, 3] in R, G, B order.
struct Image {
    int height = 0, width = 0;
    std::vector<uint8_t> rgb;
};

/// Holds a normalised image, [height, width, 3] in R, G, B order.
struct FloatImage {
    int height = 0, width = 0;
    std::vector<float> rgb;
};

}  // namespace vkm::image
