#pragma once

#include <image/decode/format.h>

#include <array>

namespace vkm::image {

using Colour = std::array<uint8_t, 3>;
using Palette = std::array<Colour, 256>;

/// Returns what files without a palette mean, and as in Pillow, what an index beyond a palette's end means.
inline Palette grey_palette() {
    Palette palette;
    for (size_t i = 0; i < palette.size(); ++i)
        palette[i].fill(static_cast<uint8_t>(i));
    return palette;
}

}  // namespace vkm::image
