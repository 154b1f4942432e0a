#pragma once

#include <image/image.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace vkm::demo {

/// Converts packed Y0 Cb Y1 Cr of BT.601's limited range, two pixels in four bytes, as webcams deliver it (V4L2's YUYV).
/// `stride` is the bytes from row to row. Throws ImageError where there are too few bytes.
image::Image rgb_of_yuyv(std::span<const uint8_t> bytes, int width, int height, size_t stride);

}  // namespace vkm::demo
