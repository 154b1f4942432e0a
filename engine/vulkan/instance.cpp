#include <engine/error.h>
#include <engine/log.h>
#include <engine/plan/selection.h>
#include <engine/vulkan/capture.h>
#include <engine/vulkan/device_impl.h>
#include <engine/vulkan/instance_impl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace vkm::engine {
namespace {

bool validation_wanted(const Instance::Options& options) {
    const char* variable = std::getenv("VKMBV3_VALIDATION");
    return options.validation || (variable && std::string_view(variable) == "1");
}

std::vector<VkPhysicalDevice> physical_devices(const InstanceHandle& handle) {
    const VkInstance instance = handle.instance;
    if (!instance) return {};
    uint32_t count = 0;
    const VkResult counted = handle.vk.vkEnumeratePhysicalDevices(instance, &count, nullptr);
    if (counted == VK_ERROR_INITIALIZATION_FAILED) return {};  // what loaders say where every driver refused
    check_loader(counted, "listing devices");
    std::vector<VkPhysicalDevice> devices(count);
    check_loader(handle.vk.vkEnumeratePhysicalDevices(instance, &count, devices.data()), "listing devices");
    devices.resize(count);
    return devices;
}

bool can_compute(const DeviceSnapshot& s) {
    return std::ranges::any_of(s.queue_families, [](const auto& f) { return f.compute && f.count > 0; });
}

}  // namespace

std::unique_ptr<Device> Instance::Impl::open(uint32_t index, DevicePlan plan) const {
    auto context = std::make_shared<Context>(handle, physical[index], snapshots[index], std::move(plan),
                                             fmt::format("device {} ({})", index, snapshots[index].name),
                                             null_device[index]);
    return std::unique_ptr<Device>(new Device(std::make_unique<Device::Impl>(std::move(context))));
}

const DeviceSnapshot& Instance::Impl::at(uint32_t index) const {
    if (snapshots.empty()) throw no_device();
    if (index >= snapshots.size())
        throw NoDevice("there is no device {}: `vkmbv3 devices` lists 0 to {}", index, snapshots.size() - 1);
    return snapshots[index];
}

NoDevice Instance::Impl::no_device() {
    return NoDevice(
        "no Vulkan device was found; install your GPU's driver, or Mesa's to run on the CPU (Debian, Ubuntu: "
        "`apt install mesa-vulkan-drivers`); `vkmbv3 doctor` says what this system lacks");
}

Instance::Instance() : Instance(Options{}) {}

Instance::Instance(const Options& options) : impl_(std::make_unique<Impl>()) {
    impl_->handle = InstanceHandle::create(validation_wanted(options), options.extensions);
    std::vector<VkPhysicalDevice> physical;
    std::vector<CapturedDevice> captured;
    for (const VkPhysicalDevice device : physical_devices(*impl_->handle)) {
        try {
            CapturedDevice c = capture(*impl_->handle, device);
            if (!can_compute(c.snapshot)) continue;
            captured.push_back(std::move(c));
            physical.push_back(device);
        } catch (const Error& error) {
            // One bad driver must not keep the others from working.
            log().warn("a device is left out: {}", error.what());
        }
    }
    std::vector<DeviceSnapshot> all;
    all.reserve(captured.size());
    for (const CapturedDevice& c : captured)
        all.push_back(c.snapshot);
    for (const size_t i : distinct_devices(all)) {
        impl_->physical.push_back(physical[i]);
        impl_->snapshots.push_back(all[i]);
        impl_->null_device.push_back(captured[i].null_device);
    }
}

Instance::~Instance() = default;
Instance::Instance(Instance&&) noexcept = default;

const std::vector<DeviceSnapshot>& Instance::devices() const {
    return impl_->snapshots;
}

bool Instance::null_device(uint32_t index) const {
    impl_->at(index);
    return impl_->null_device[index];
}

uint32_t Instance::default_device() const {
    if (impl_->snapshots.empty()) throw Impl::no_device();
    std::string refused;
    for (const size_t i : by_kind(impl_->snapshots)) {
        if (impl_->null_device[i]) continue;
        try {
            plan_device(impl_->snapshots[i], known_quirks());
            return static_cast<uint32_t>(i);
        } catch (const UnsupportedDevice& error) {
            if (refused.empty()) refused = error.what();
        }
    }
    if (refused.empty())
        throw NoDevice(
            "the devices present only compile (RADV_FORCE_FAMILY is set) and cannot run; "
            "unset it, or choose one with --device for `selfcheck --compile-only`");
    throw NoDevice("no device present is supported: {}", refused);
}

std::unique_ptr<Device> Instance::open(uint32_t index, const PlanOptions& options) const {
    return impl_->open(index, plan_device(impl_->at(index), known_quirks(), options));
}

std::unique_ptr<Device> Instance::open_planned(uint32_t index, DevicePlan plan) const {
    impl_->at(index);
    return impl_->open(index, std::move(plan));
}

std::vector<std::string> Instance::validation_messages() const {
    return impl_->handle->log.messages();
}

}  // namespace vkm::engine
