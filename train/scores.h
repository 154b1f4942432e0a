#pragma once

namespace vkm::train {

/// Holds what a network scores on a data set.
struct Scores {
    double loss = 0;            ///< mean
    double top1 = 0, top5 = 0;  ///< fractions

    bool operator==(const Scores&) const = default;
};

}  // namespace vkm::train
