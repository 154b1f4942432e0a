#pragma once

#include <image/image.h>

#include <cstddef>
#include <cstdint>

namespace vkm::image {

/// Says which of a pair comes first: Cb, as in NV12, or Cr, as in NV21.
enum class ChromaOrder : uint8_t { cb_cr, cr_cb };

/// Says what the bytes of BT.601's Y, Cb and Cr mean.
enum class YuvRange : uint8_t {
    limited,  ///< black and white are 16 and 235, colour lies in 16 .. 240: video
    full      ///< 0 to 255: JPEG
};

/// Refers to an image as cameras deliver it: brightness by pixel, colour by two by two pixels.
struct SemiPlanarImage {
    int width, height;
    const uint8_t* luma;  ///< height rows of width bytes
    size_t luma_stride;   ///< bytes from row to row
    /// (height + 1) / 2 rows of (width + 1) / 2 pairs: the last column and row of an odd size have one too.
    const uint8_t* chroma;
    size_t chroma_stride;
    ChromaOrder order;
    YuvRange range;
};

/// Converts by BT.601, each value rounded to the nearest and kept within 0 .. 255:
///
///     R = s (Y - o)                       + 1.402 c (Cr - 128)
///     G = s (Y - o) - 0.344136 c (Cb - 128) - 0.714136 c (Cr - 128)
///     B = s (Y - o) + 1.772 c (Cb - 128)
///
/// with s = 255 / 219, c = 255 / 224, o = 16 in the limited range and 1, 1, 0 in the full one. Pixels that share
/// a pair have the same colour. Precondition: the size is at least 1 x 1, the strides reach over their rows.
Image rgb_of(const SemiPlanarImage&);

}  // namespace vkm::image
