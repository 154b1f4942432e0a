#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vkm::bench {

/// Holds a device's clocks, in MHz. 0: not known.
struct Clocks {
    double core = 0, memory = 0;
};

/// Reads a device's clocks as they are now, where its system tells them: AMD's and Intel's Linux drivers in /sys, NVIDIA's
/// nvidia-smi, and of a software device the processor's. Nothing where it does not, or where two devices have the
/// same ids and other clocks. `root` stands for "/" in tests.
std::optional<Clocks> read_clocks(uint32_t vendor_id, uint32_t device_id, bool software,
                                  const std::filesystem::path& root = "/");

/// Returns the rate that a list of AMD's driver marks ("1: 1200Mhz *"), in MHz; 0 where none is marked.
double marked_rate(std::string_view list);

/// Watches the clocks of a device from a thread of its own, every second, until it is destroyed.
class ClockWatch {
  public:
    ClockWatch(uint32_t vendor_id, uint32_t device_id, bool software);
    ~ClockWatch();
    ClockWatch(const ClockWatch&) = delete;

    struct Seen {
        Clocks least, most;
    };
    /// Returns what was seen so far.
    std::optional<Seen> seen() const;

  private:
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

}  // namespace vkm::bench
