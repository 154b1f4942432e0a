#pragma once

#include <cstdint>

namespace vkm {

/// Says how evaluation brings an image of any shape to a network's input size.
enum class EvalResize : uint8_t {
    short_side,  ///< scales the short side to input size / crop_pct, and crops the middle
    squash       ///< scales both sides to it, whatever the image's shape, and crops the middle
};

/// Says how an image is scaled. Both are antialiased where it becomes smaller.
enum class Interpolation : uint8_t { bilinear, bicubic };

}  // namespace vkm
