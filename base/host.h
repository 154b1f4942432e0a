#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace vkm {

/// Returns the machine's name in its network; "localhost" where it has none.
std::string host_name();

/// Returns how much memory the machine has; 0 where the system does not say.
uint64_t host_memory_bytes();

/// Returns how many processor cores the machine has, whether this process may use them or not.
unsigned host_cores();

/// Returns the processor's name as its maker has it; empty where the system does not say.
std::string host_processor();

/// Returns the system, its release and the kind of machine: "Linux 6.1.0-13-amd64 x86_64".
std::string host_system();

/// Returns how many threads wanted a processor in the last minute, on average; nothing where the system does not count.
std::optional<double> host_load();

/// Returns what feeds the machine, "mains" or "battery"; empty where the system does not say. `root` stands
/// for "/" in tests.
std::string host_power(const std::filesystem::path& root = "/");

/// Returns by what rule the processor's clocks are chosen: "performance", "powersave", …; empty where the
/// system does not say.
std::string host_governor(const std::filesystem::path& root = "/");

}  // namespace vkm
