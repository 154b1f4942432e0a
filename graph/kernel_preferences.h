#pragma once

#include <graph/kernel_plan.h>

#include <string_view>

namespace vkm::graph {

/// Holds what kernels prefer on a class of devices.
struct ClassDefaults {
    engine::DeviceClass device_class;
    KernelDefaults kernels;
    Fusion fusion = {};
    bool fp16_storage_faster = true;
};
const ClassDefaults& class_defaults(engine::DeviceClass);

/// Holds what they prefer with one driver, where that differs from its class.
struct DriverPreference {
    uint32_t vendor_id = 0, driver_id = 0;  ///< 0: any
    std::string_view name_contains = "";
    std::optional<Sharing> sharing = {};  ///< where an optional is empty, the class's value counts
    /// Products of fp16 tensors run on matrix units, where the device has a shape that kernels take.
    bool matrix_units = false;
    bool merge_by_arrival = false;  ///< as in KernelDefaults
    std::optional<uint32_t> accumulators = {}, workgroup = {};
    std::optional<DepthwiseTile> depthwise_tile = {}, depthwise_narrow_tile = {};
    DepthwiseTile depthwise_strided_tile = {};  ///< as in KernelDefaults
    uint64_t part_bytes = 0;
    bool given_activations = false;
    float load_cost = KernelDefaults{}.load_cost, share_cost = KernelDefaults{}.share_cost;
};
DriverPreference driver_preference(const engine::DeviceSnapshot&);

}  // namespace vkm::graph
