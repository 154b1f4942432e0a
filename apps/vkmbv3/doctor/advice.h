#pragma once

#include "doctor/machine.h"

#include <engine/plan/snapshot.h>

#include <span>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds what Vulkan says of a machine.
struct VulkanState {
    bool has_loader = true;
    std::span<const engine::DeviceSnapshot> devices = {};
};

/// Returns what to do so that the machine's GPUs are used, a sentence each, the most important first. Empty
/// where nothing is missing.
std::vector<std::string> advice(const Machine&, const VulkanState&);

}  // namespace vkm::apps
