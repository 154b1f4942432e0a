#pragma once

#include "doctor/machine.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds what checking a device's kernels found.
struct KernelState {
    size_t checked = 0;
    double seconds = 0;
    std::vector<std::string> failed = {};  ///< a line each
};

/// Holds all that is known of one device.
struct DeviceState {
    uint32_t index = 0;
    std::string name = {}, description = {};
    std::string problem = {};               ///< why it cannot be used; empty: it can
    std::vector<std::string> notices = {};  ///< quirks that apply, and what is not as fast as it could be
    std::optional<KernelState> kernels = {};
};

/// Holds what a machine has, what Vulkan makes of it, and what to do about it.
struct Diagnosis {
    Machine machine;
    std::string loader_problem = {};  ///< why there is no Vulkan loader; empty: there is one
    std::vector<DeviceState> devices = {};
    std::optional<uint32_t> used = {};  ///< the device that commands take
    std::string unused_because = {};    ///< why they take none
    std::vector<std::string> advice = {};

    /// Returns whether there is a device that computes, and none that computes wrongly.
    bool is_well() const;

    /// Returns one text to read, and to paste into a report of a fault.
    std::string text() const;
    nlohmann::json json() const;
};

}  // namespace vkm::apps
