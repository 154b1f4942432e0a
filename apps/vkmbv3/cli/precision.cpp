#include "cli/precision.h"

#include <fmt/core.h>
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

std::string work_of(std::string_view kind, int64_t images) {
    return fmt::format("{}, {} {}", kind, images, images == 1 ? "image" : "images");
}

std::string precision_key(const graph::ModelConfig& model, std::string_view work) {
    return fmt::format("precision | {} x{}, {} px, strides {} and {}, {}", graph::model_name(model.model),
                       model.width, model.input_size, model.stem_stride, model.block1_stride, work);
}

std::string_view precision_name(DType storage) {
    return storage == DType::f16 ? "amp" : "fp32";
}

std::optional<DType> measured_storage(const engine::Tuning& tuning, const std::string& precision_key) {
    const auto measured = tuning.find(precision_key);
    if (measured != tuning.end())
        for (const DType storage : {DType::f32, DType::f16})
            if (measured->second.candidate == precision_name(storage)) return storage;
    return std::nullopt;
}

DType faster_storage(const graph::KernelPlan& plan, const std::string& precision_key) {
    if (!plan.device.fp16_storage) return DType::f32;
    return measured_storage(plan.tuning, precision_key)
        .value_or(plan.fp16_storage_faster ? DType::f16 : DType::f32);
}

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
