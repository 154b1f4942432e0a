#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vkm::engine {

struct DeviceSnapshot;

/// Names what a quirk turns off.
enum class Disable : uint8_t {
    cooperative_matrix,
    fp16_arithmetic,
    fp16_storage,
    subgroup_arithmetic,
    subgroup_shuffle,
    texel_loads,
    direct_upload,
    upload_queue,
    long_submits  ///< leaves a submit a quarter of the work it might otherwise hold
};

/// Returns its name in messages: "cooperative matrices".
std::string_view name(Disable);

/// Describes a known defect of a driver. Zero or empty in a condition means "any".
struct Quirk {
    uint32_t vendor_id = 0;
    /// VkDriverId. A driver too old to name itself (VK_KHR_driver_properties) may be any of its vendor's.
    uint32_t driver_id = 0;
    /// As the driver reports them (engine/plan/vulkan_ids.h). The maximum itself is not affected.
    uint32_t min_driver_version = 0;
    uint32_t max_driver_version = 0;
    // Tell generations apart where names do not:
    uint32_t min_subgroup_size = 0;      ///< exactly this
    uint32_t subgroups_a_processor = 0;  ///< exactly so many are resident (DeviceSnapshot::Processors)
    uint32_t device_family = 0;          ///< the first byte of the device's id, as Qualcomm counts
    bool without_packed_dot_product = false;
    std::string_view name_contains = {};  ///< part of the device name, case-sensitive
    /// How DeviceSnapshot::driver_info begins: "Mesa 22.". A driver may number its versions anew, or not at all.
    std::string_view driver_info_begins = {};
    Disable disable{};
    std::string_view why = {}, source = {};

    bool operator==(const Quirk&) const = default;
};

/// Returns the table that this program ships.
std::span<const Quirk> known_quirks();

bool applies(const Quirk&, const DeviceSnapshot&);

}  // namespace vkm::engine
