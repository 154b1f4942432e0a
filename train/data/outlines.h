#pragma once

#include <array>
#include <string_view>

namespace vkm::train {

struct Vec2 {
    float x = 0, y = 0;
};

/// A filled outline inside the unit circle, y upwards, given by its signed distance: negative inside, and in
/// units of the radius, so that coverage near the edge is a linear function of it.
struct Outline {
    std::string_view name;
    float (*distance)(Vec2);
};

/// The classes of the synthetic data set. They differ in outline only: position, size, angle and colour tell
/// nothing.
extern const std::array<Outline, 10> outlines;

}  // namespace vkm::train
