#pragma once

#include <base/error.h>

#include <cstdint>
#include <vector>

namespace vkm::image {

/// An image that cannot be read or decoded; the message names the file and the reason.
class ImageError : public Error {
  public:
    using Error::Error;
};

/// An 8-bit image, [height, width, 3] in R, G, B order.
struct Image {
    int height = 0, width = 0;
    std::vector<uint8_t> rgb;
};

/// A normalised image, [height, width, 3].
struct FloatImage {
    int height = 0, width = 0;
    std::vector<float> rgb;
};

}  // namespace vkm::image
