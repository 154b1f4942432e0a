#pragma once

#include <string_view>
#include <vector>

namespace vkm::engine {

/// Holds the facts about a processor that decide how drivers running on it are set up.
struct CpuFeatures {
    bool fast_512_bit_vectors = false;  ///< AVX-512 on a processor that does not lower its clock for it
};

CpuFeatures this_cpu();

/// Names a setting that a driver takes from the environment only, when it is loaded.
struct DriverSetting {
    const char* variable;
    const char* value;
    std::string_view why;  ///< with where it was measured

    bool operator==(const DriverSetting&) const = default;
};

/// Returns the settings that make drivers on such a processor fastest. `draws` says that they are to draw, too, and
/// not only to compute.
std::vector<DriverSetting> driver_settings(const CpuFeatures&, bool draws = false);

/// Sets each of driver_settings(this_cpu(), draws) that the environment does not have: what the user set stays.
/// It changes the environment of the process and so must run before other threads read that. The first
/// Instance calls it, before it loads a driver.
void set_driver_environment(bool draws = false);

}  // namespace vkm::engine
