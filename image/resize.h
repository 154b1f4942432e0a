#pragma once

#include <image/image.h>

#include <span>

namespace vkm::image {

/// A rectangle of pixels.
struct Rectangle {
    int top = 0, left = 0, height = 0, width = 0;

    bool operator==(const Rectangle&) const = default;
};

/// Says how to crop, scale and crop again: the source is cut to `crop`, that is scaled to `height` x `width`,
/// and `window` of it is the result. Only what the window needs is computed.
struct Resize {
    Rectangle crop;
    int height = 0, width = 0;
    Rectangle window;

    bool operator==(const Resize&) const = default;
};

/// Scales bilinearly with antialiasing, bit for bit as Pillow's Image.resize(…, BILINEAR): by a triangle
/// filter whose support grows with the reduction, applied along rows and then along columns in fixed point,
/// rounded to 8 bits in between. `out` holds window.height * window.width * 3 bytes. Precondition: the
/// regions lie inside what they cut.
void resize_bilinear(const Image& source, const Resize& geometry, std::span<uint8_t> out);
Image resize_bilinear(const Image& source, const Resize& geometry);

}  // namespace vkm::image
