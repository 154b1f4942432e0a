#pragma once

#include <optional>
#include <string_view>

namespace vkm::bench {

/// Returns what a device's vendor states of it, in the unit of the member ("memory_gbps"); nothing where the
/// table, bench/vendor_figures.json, does not say. The device's name is Vulkan's, which may go on: "AMD
/// Radeon RX 7900 XTX (RADV NAVI31)".
std::optional<double> vendor_figure(std::string_view device_name, std::string_view member);

}  // namespace vkm::bench
