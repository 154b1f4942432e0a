#pragma once

#include <image/image.h>

namespace vkm::image {

/// A rectangle of pixels.
struct Rectangle {
    int top = 0, left = 0, height = 0, width = 0;

    bool operator==(const Rectangle&) const = default;
};

/// Returns what two rectangles have in common; height or width is not positive where that is nothing.
Rectangle common(const Rectangle&, const Rectangle&);

/// Returns a part of an image, black where it reaches beyond.
Image cut(Image, const Rectangle&);

}  // namespace vkm::image
