#pragma once

#include <map>
#include <string>

namespace vkm::engine {

/// Says which of several ways to run a kernel a device is to use.
struct TunedChoice {
    std::string candidate;  ///< by its name in the program that offers it
    double gain = 1;        ///< what was measured: time of the default choice / time of this one

    bool operator==(const TunedChoice&) const = default;
};

/// Holds choices that were measured, by what is chosen and for which shape. They decide among the candidates
/// that a program offers; a choice or candidate that the program does not know is ignored.
using Tuning = std::map<std::string, TunedChoice, std::less<>>;

}  // namespace vkm::engine
