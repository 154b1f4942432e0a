#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vkm::engine {

struct DeviceSnapshot;

/// What a quirk turns off.
enum class Disable : uint8_t { cooperative_matrix, fp16_arithmetic, fp16_storage, subgroup_arithmetic, texel_loads, direct_upload };

/// A known defect of a driver, as data. Zero in a field means "any".
struct Quirk {
    uint32_t vendor_id;
    uint32_t driver_id;                          ///< VkDriverId
    uint32_t min_driver_version, max_driver_version;  ///< as the driver reports them; max is exclusive
    std::string_view name_contains;              ///< part of the device name
    Disable disable;
    std::string_view why, source;
};

/// The table this program ships.
std::span<const Quirk> known_quirks();

bool applies(const Quirk&, const DeviceSnapshot&);

}  // namespace vkm::engine
