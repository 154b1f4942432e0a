#pragma once

#include <string_view>
#include <vector>

namespace vkm::engine {

/// What of this processor decides how a driver that runs on it is set up.
struct CpuFeatures {
    bool fast_512_bit_vectors = false;  ///< AVX-512 on a processor that does not lower its clock for it
};

CpuFeatures this_cpu();

/// A setting that a driver takes from the environment only, when it is loaded.
struct DriverSetting {
    const char* variable;
    const char* value;
    std::string_view why;  ///< and by whom measured

    bool operator==(const DriverSetting&) const = default;
};

/// Pure: the settings that make drivers on this processor fastest.
std::vector<DriverSetting> driver_settings(const CpuFeatures&);

/// Sets each of driver_settings(this_cpu()) that the environment does not have: what the user set stays.
/// Changes the environment of the process, so that it has to run before other threads read it; the first
/// Instance does, before it loads a driver.
void set_driver_environment();

}  // namespace vkm::engine
