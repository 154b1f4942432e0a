#pragma once

#include <engine/plan/device_plan.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vkm::engine {

/// Holds what decisions about a device read, and the plan that they fill. Private to engine/plan.
struct Planning {
    const DeviceSnapshot& device;
    const PlanOptions& options;
    DevicePlan plan{};

    /// Returns whether something is available and no quirk forbids it. Notes a fallback where a quirk does.
    bool allow(Disable what, bool available) {
        if (!available) return false;
        const auto quirk = std::ranges::find(plan.quirks, what, &Quirk::disable);
        if (quirk == plan.quirks.end()) return true;
        fall_back("{} are off: {} ({})", name(what), quirk->why, quirk->source);
        return false;
    }
    /// Returns whether a feature is usable: its extension is listed, or the device's version has it in core.
    bool offers(const char* extension, uint32_t core_since) const {
        return device.has(extension) || device.api_version >= core_since;
    }
    /// Enables an extension that the device lists, even one that has become core: then it does not matter
    /// which version the instance asks for.
    void enable(const char* extension) {
        if (device.has(extension)) plan.extensions.emplace_back(extension);
    }
    template <typename... Args>
    void fall_back(fmt::format_string<Args...> format, Args&&... args) {
        plan.fallbacks.push_back(fmt::format(format, std::forward<Args>(args)...));
    }
};

// Each decides its part of the plan, in this order: a later one may read what an earlier one decided.

void decide_queue(Planning&);
/// Decides how many processors there are, and of what class that makes the device.
void decide_class(Planning&);
/// Decides the size of a subgroup, how it is enforced, and what its lanes may do together.
void decide_subgroup(Planning&);
/// Decides on half precision and matrix units.
void decide_arithmetic(Planning&);
/// Decides on blocks, binding windows and load path.
void decide_memory(Planning&);
/// Decides how much work a submit may hold, by the class of device.
void decide_work(Planning&);
/// Decides when the driver compiles kernels.
void decide_compilation(Planning&);
/// Decides which extensions to enable.
void decide_features(Planning&);
/// Decides how what the host writes every step reaches the device, and on which queue.
void decide_uploads(Planning&);

}  // namespace vkm::engine
