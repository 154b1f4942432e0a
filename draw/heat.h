#pragma once

#include <image/resize.h>

#include <vector>

namespace vkm::draw {

/// Holds an amount, 0 or more, for each field of a grid over (a part of) a picture.
struct HeatMap {
    int height = 0, width = 0;
    std::vector<double> values;
};

/// Returns the picture with a map laid over the rectangle that it is of: enlarged bilinearly (as PyTorch's
/// interpolate with align_corners=False), relative to its largest value; the more, the brighter and the
/// denser the colour. A map without a value above 0 leaves the picture as it is.
image::Image overlaid(image::Image, const HeatMap&, const image::Rectangle& where);

/// Returns a map's value at a place between 0 and 1 in both directions, bilinearly between the fields' centres.
double value_at(const HeatMap&, double y, double x);

}  // namespace vkm::draw
