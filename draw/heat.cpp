#include <draw/colour.h>
#include <draw/heat.h>

#include <algorithm>
#include <cmath>

namespace vkm::draw {
namespace {

constexpr double densest = 0.75;  // what is brightest still shows the picture below

struct Between {
    size_t below, above;
    double weight;  ///< of `above`
};

Between neighbours(double place, int count) {
    const double at = std::clamp(place * count - 0.5, 0.0, count - 1.0);
    const auto below = static_cast<size_t>(at);
    return {below, std::min(below + 1, static_cast<size_t>(count - 1)), at - static_cast<double>(below)};
}

}  // namespace

double value_at(const HeatMap& map, double y, double x) {
    const Between row = neighbours(y, map.height), column = neighbours(x, map.width);
    const auto along = [&](size_t r) {
        const double* const values = &map.values[r * static_cast<size_t>(map.width)];
        return values[column.below] * (1 - column.weight) + values[column.above] * column.weight;
    };
    return along(row.below) * (1 - row.weight) + along(row.above) * row.weight;
}

image::Image overlaid(image::Image picture, const HeatMap& map, const image::Rectangle& where) {
    const double most = map.values.empty() ? 0 : *std::ranges::max_element(map.values);
    if (!(most > 0)) return picture;
    for (int y = std::max(0, where.top); y < std::min(where.top + where.height, picture.height); ++y)
        for (int x = std::max(0, where.left); x < std::min(where.left + where.width, picture.width); ++x) {
            const double value =
                value_at(map, (y - where.top + 0.5) / where.height, (x - where.left + 0.5) / where.width) /
                most;
            uint8_t* const at =
                &picture.rgb[3 * (static_cast<size_t>(y) * static_cast<size_t>(picture.width) +
                                  static_cast<size_t>(x))];
            const Colour now =
                mixed({at[0], at[1], at[2]}, colour_of(ColourMap::heat, value), densest * value);
            at[0] = now.r;
            at[1] = now.g;
            at[2] = now.b;
        }
    return picture;
}

}  // namespace vkm::draw
