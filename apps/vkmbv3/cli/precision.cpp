#include "cli/precision.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace vkm::apps {
namespace {

using graph::DType;
using graph::PlannedDevice;

// Returns a device on which half precision is not the faster one, or nullptr.
const PlannedDevice* slower_in_half(const std::vector<PlannedDevice*>& devices, const std::string& key) {
    const auto slower = std::ranges::find_if(devices, [&](const PlannedDevice* device) {
        return faster_storage(device->plan(), key) != DType::f16;
    });
    return slower == devices.end() ? nullptr : *slower;
}

void announce(const PlannedDevice& decides, const std::string& key, DType storage) {
    spdlog::info(
        "precision {}: fp16 storage is {} on {}, {}", precision_name(storage),
        storage == DType::f16 ? "faster" : "not faster", decides.description(),
        measured_storage(decides.plan().tuning, key) ? "as measured" : "by its kind: --tune measures it");
}

}  // namespace

DType storage_type(const CommonOptions& options, const std::vector<PlannedDevice*>& devices,
                   const std::string& precision_key) {
    if (options.precision == "fp32") return DType::f32;
    if (options.precision == "auto")
        return slower_in_half(devices, precision_key) == nullptr ? DType::f16 : DType::f32;
    for (const PlannedDevice* device : devices)
        if (!device->plan().device.fp16_storage)
            throw UnsupportedDevice(
                "{} has no fp16 storage (`vkmbv3 devices` says why): use --precision fp32",
                device->description());
    return DType::f16;
}

DType announced_storage_type(const CommonOptions& options, const std::vector<PlannedDevice*>& devices,
                             const std::string& precision_key) {
    const DType storage = storage_type(options, devices, precision_key);
    if (options.precision == "auto" && !options.quiet) {
        const PlannedDevice* const slower = slower_in_half(devices, precision_key);
        announce(slower ? *slower : *devices.front(), precision_key, storage);
    }
    return storage;
}

}  // namespace vkm::apps
