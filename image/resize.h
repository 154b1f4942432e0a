#pragma once

#include <base/preparation.h>
#include <image/rectangle.h>

#include <span>

namespace vkm::image {

/// Says how to crop, scale and crop again: the source is cut to `crop`, that is scaled to `height` x `width`,
/// and `window` of it is the result. Only what the window needs is computed.
struct Resize {
    Rectangle crop;
    int height = 0, width = 0;
    Rectangle window;

    bool operator==(const Resize&) const = default;
};

/// Scales with antialiasing, bit for bit as Pillow's Image.resize(…, BILINEAR or BICUBIC): by a filter whose
/// support grows with the reduction, applied along rows and then along columns in fixed point, rounded to 8 bits
/// in between. `out` holds window.height * window.width * 3 bytes. Precondition: the regions lie inside what they
/// cut.
void resize(const Image& source, const Resize& geometry, Interpolation, std::span<uint8_t> out);
Image resize(const Image& source, const Resize& geometry, Interpolation);

/// Returns which part of what geometry.crop is cut to the window is made of.
Rectangle needed_part(const Resize& geometry, Interpolation);

/// Does the same as resize() with a source that is only `part` of what geometry.crop is cut to, but holds all that the
/// window is made of.
void resize_part(const Image& source, const Rectangle& part, const Resize& geometry, Interpolation,
                 std::span<uint8_t> out);
Image resize_part(const Image& source, const Rectangle& part, const Resize& geometry, Interpolation);

void resize_bilinear(const Image& source, const Resize& geometry, std::span<uint8_t> out);
Image resize_bilinear(const Image& source, const Resize& geometry);

}  // namespace vkm::image
