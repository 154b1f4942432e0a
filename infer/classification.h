#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vkm::infer {

/// Says that an image shows one class, and how likely that is.
struct Prediction {
    int64_t label;       ///< the class's number, from 0
    std::string name;    ///< its name, or its number as text where it has none
    double probability;  ///< 0 to 1, of all classes together 1: the softmax of the logits
};

/// Holds what a classifier makes of an image.
struct Classification {
    std::vector<Prediction> top;  ///< the most probable first; of equals the lower label
    std::vector<double> logits;   ///< one a class, in the classes' order, as the device computed them
};

/// Says why there is no such thing of an image.
struct Unclassified {
    std::string why;
    bool unreadable = true;  ///< false: what the network gave are no numbers
};

/// Names the `count` most probable classes, or all if there are fewer. `names` may be fewer than the classes.
Classification classification_of(std::vector<double> logits, size_t count,
                                 std::span<const std::string> names);

}  // namespace vkm::infer
