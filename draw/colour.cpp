#include <draw/colour.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace vkm::draw {
namespace {

// Okabe and Ito's colours ("Color Universal Design", 2008) without black and yellow, which vanish on dark and
// on light paper.
constexpr std::array series{Colour{0, 114, 178},   Colour{213, 94, 0},   Colour{0, 158, 115},
                            Colour{204, 121, 167}, Colour{86, 180, 233}, Colour{230, 159, 0}};

// Every eighth of the way.
constexpr std::array heat{Colour{0, 0, 4},      Colour{31, 12, 72},   Colour{85, 15, 109},
                          Colour{136, 34, 106}, Colour{186, 54, 85},  Colour{227, 89, 51},
                          Colour{249, 140, 10}, Colour{249, 201, 50}, Colour{252, 255, 164}};
constexpr std::array ink{Colour{255, 255, 255}, Colour{198, 219, 239}, Colour{107, 174, 214},
                         Colour{33, 113, 181}, Colour{8, 48, 107}};

std::span<const Colour> stops(ColourMap map) {
    switch (map) {
        case ColourMap::heat:
            return heat;
        case ColourMap::ink:
            return ink;
    }
    return ink;
}

}  // namespace

Colour mixed(Colour under, Colour over, double weight) {
    const auto mix = [weight](uint8_t a, uint8_t b) {
        return static_cast<uint8_t>(std::lround(a + (b - a) * std::clamp(weight, 0.0, 1.0)));
    };
    return {mix(under.r, over.r), mix(under.g, over.g), mix(under.b, over.b)};
}

Colour series_colour(size_t i) {
    return series[i % series.size()];
}

Colour colour_of(ColourMap map, double value) {
    const std::span<const Colour> colours = stops(map);
    const auto last = static_cast<double>(colours.size() - 1);
    const double place = value > 0 ? std::min(value, 1.0) * last : 0;  // NaN is not greater
    const size_t below = std::min(static_cast<size_t>(place), colours.size() - 2);
    return mixed(colours[below], colours[below + 1], place - static_cast<double>(below));
}

}  // namespace vkm::draw
