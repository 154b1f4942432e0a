#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vkm::apps {

/// Says what a distribution calls what Vulkan needs.
struct DistributionPackages {
    std::string_view distribution;  ///< as os-release names it
    std::string_view install;       ///< the command before a package's name
    std::string_view loader;
    std::string_view amd, intel, other;  ///< Vulkan drivers; `other`: of systems on a chip
    std::string_view software;           ///< which runs on the processor
    std::string_view nvidia;             ///< a whole sentence's end: "apt install nvidia-driver"
};

/// Returns the row of the first of these distributions that has one; the last row stands for every other.
const DistributionPackages& packages_of(std::span<const std::string> distributions);

}  // namespace vkm::apps
