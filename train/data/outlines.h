#pragma once

#include <array>
#include <string_view>

namespace vkm::train {

struct Vec2 {
    float x = 0, y = 0;
};

/// Describes a filled outline inside the unit circle, y upwards, by its signed distance: negative inside, in
/// units of the radius. Coverage near the edge is thus a linear function of it.
struct Outline {
    std::string_view name;
    float (*distance)(Vec2);
};

/// The classes of the synthetic data set. They differ in outline only: position, size, angle and colour
/// say nothing about the class.
extern const std::array<Outline, 10> outlines;

}  // namespace vkm::train
