#pragma once

#include <map>
#include <string>

namespace vkm::engine {

/// Which of several ways to run a kernel a device is to use.
struct TunedChoice {
    std::string candidate;  ///< by its name in the program that offers it
    double gain = 1;        ///< what was measured: time of the default choice / time of this one

    bool operator==(const TunedChoice&) const = default;
};

/// Choices that were measured, by what is chosen and for which shape. It decides among candidates that a
/// program offers anyway; what it names and the program does not know counts for nothing.
using Tuning = std::map<std::string, TunedChoice, std::less<>>;

}  // namespace vkm::engine
