#pragma once

#include <cstddef>
#include <cstdint>

namespace vkm::draw {

/// Holds a colour as sRGB.
struct Colour {
    uint8_t r = 0, g = 0, b = 0;

    bool operator==(const Colour&) const = default;
};

/// Returns the share `weight` (0 to 1) of `over` and the rest of `under`.
Colour mixed(Colour under, Colour over, double weight);

/// Returns the colour of the i-th of several series, from the first again after the last. They can be told
/// apart by people who confuse red and green, and on light and dark paper.
Colour series_colour(size_t i);

enum class ColourMap : uint8_t {
    heat,  ///< black over red and yellow to white (matplotlib's "inferno"): equal steps look equal
    ink    ///< white to dark blue: amounts on white paper
};

/// Returns the colour of a value between 0 and 1; what lies outside has the nearest one's, and what is no
/// number that of 0.
Colour colour_of(ColourMap, double value);

}  // namespace vkm::draw
