#pragma once

#include <engine/vulkan/device.h>
#include <graph/kernel_plan.h>

#include <memory>
#include <string>

namespace vkm::graph {

/// Holds what a user or a test may force of a device and of the kernels on it.
struct DeviceOptions {
    engine::PlanOptions plan = {};
    KernelOptions kernels = {};
};

/// Holds an open device with its kernel plan: what graphs are lowered for and run on.
class PlannedDevice {
  public:
    explicit PlannedDevice(std::unique_ptr<engine::Device>, KernelOptions = {});
    /// Takes a plan made elsewhere, so that tests can force kernels the device would not choose.
    PlannedDevice(std::unique_ptr<engine::Device>, KernelPlan);

    engine::Device& device() const { return *device_; }
    const KernelPlan& plan() const { return plan_; }

    const engine::DeviceSnapshot& snapshot() const { return device_->snapshot(); }
    std::string description() const { return device_->description(); }

  private:
    std::unique_ptr<engine::Device> device_;
    KernelPlan plan_;
};

/// Opens a device (engine::Instance::open) and plans its kernels. Throws what either throws.
std::unique_ptr<PlannedDevice> open_device(const engine::Instance&, uint32_t index,
                                           const DeviceOptions& = {});

}  // namespace vkm::graph
