#include <graph/run/planned_device.h>

namespace vkm::graph {

PlannedDevice::PlannedDevice(std::unique_ptr<engine::Device> device, KernelOptions options)
    : device_(std::move(device)),
      plan_(plan_kernels(device_->snapshot(), device_->plan(), std::move(options))) {}

PlannedDevice::PlannedDevice(std::unique_ptr<engine::Device> device, KernelPlan plan)
    : device_(std::move(device)), plan_(std::move(plan)) {}

std::unique_ptr<PlannedDevice> open_device(const engine::Instance& instance, uint32_t index,
                                           const DeviceOptions& options) {
    return std::make_unique<PlannedDevice>(instance.open(index, options.plan), options.kernels);
}

}  // namespace vkm::graph
