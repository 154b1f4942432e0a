#pragma once

#include <filesystem>
#include <optional>

namespace vkm {

/// Holds how many seconds the machine's processors have spent, of all of them together, since a time that
/// is always the same.
struct ProcessorTimes {
    double all = 0;     ///< that went by
    double busy = 0;    ///< at work for any program
    double mine = 0;    ///< at work for this process
    double stolen = 0;  ///< given to other machines by the one that this is a guest of
};

/// Returns them; nothing where the system does not count. `root` stands for "/" in tests.
std::optional<ProcessorTimes> processor_times(const std::filesystem::path& root = "/");

}  // namespace vkm
