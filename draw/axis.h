#pragma once

#include <string>
#include <vector>

namespace vkm::draw {

enum class Scale : uint8_t { linear, logarithmic };

struct Tick {
    double value = 0;
    std::string label;
};

/// Says what range an axis shows, and where its marks are.
struct Axis {
    Scale scale = Scale::linear;
    double least = 0, most = 1;  ///< least < most
    std::vector<Tick> ticks;     ///< between them, in order

    /// Returns where between 0 (least) and 1 (most) a value lies.
    double place(double value) const;
};

/// Returns an axis that shows values from `least` to `most`, with about so many marks at round numbers, and ends at
/// such ones where that costs little. One value gets room around it. A logarithmic axis needs least > 0.
Axis axis(Scale, double least, double most, int marks);

/// Returns a number with as few digits as tell it from its neighbours `step` away: "0.25", "1500", "2e-05".
std::string round_number(double value, double step);

}  // namespace vkm::draw
