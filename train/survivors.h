#pragma once

#include <train/model_on_devices.h>

#include <functional>
#include <span>
#include <string>

namespace vkm::train {

/// Returns what the exception that is being handled says.
std::string current_message();

/// Names the devices of a model.
std::string described(const ModelOnDevices&);

/// Does something between two steps. Where a device fails at it, calls `leave_out` with those that failed, and why,
/// and does it again on the others. Throws what it threw where no device failed, where all did, or in a job of
/// several processes.
void on_survivors(
    ModelOnDevices&, const std::function<void()>& work,
    const std::function<void(std::span<const size_t> failed, const std::string& why)>& leave_out);

}  // namespace vkm::train
