#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace vkm::bench {

/// Holds how fast and how warm a device is. 0: not known.
struct DeviceState {
    double core_mhz = 0, memory_mhz = 0;
    double temperature = 0;                            ///< °C
    bool held_by_heat = false, held_by_power = false;  ///< its driver says that it keeps clocks down
};

/// Reads the state of now, where a device's system tells it: AMD's and Intel's Linux drivers in /sys, NVIDIA's nvidia-smi,
/// and of a software device the processor's. Nothing where it does not, or where two devices have the same ids and
/// other clocks. `root` stands for "/" in tests.
std::optional<DeviceState> read_state(uint32_t vendor_id, uint32_t device_id, bool software,
                                      const std::filesystem::path& root = "/");

/// Returns the state that a line of nvidia-smi tells, asked for nvidia_fields, of this device; none: of another.
std::optional<DeviceState> state_of_nvidia(std::string_view line, uint32_t device_id);
inline constexpr const char* nvidia_fields =
    "pci.device_id,clocks.sm,clocks.mem,temperature.gpu,clocks_throttle_reasons.active";

/// Returns the rate that a list of AMD's driver marks ("1: 1200Mhz *"), in MHz; 0 where none is marked.
double marked_rate(std::string_view list);

}  // namespace vkm::bench
