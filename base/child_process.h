#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace vkm {

/// Bounds what a child process may take.
struct ChildLimits {
    unsigned seconds = 10;                            ///< of processor time
    std::size_t memory_bytes = std::size_t{1} << 29;  ///< beyond what the process has already
    std::size_t result_bytes = std::size_t{1} << 20;
};

/// Runs `work` in a process of its own, a copy of this one, and returns what it returned. Returns nothing where that
/// process crashed, threw, or took more than the limits: so a library that trusts its files can be given foreign
/// ones. `work` must not wait for other threads, which the copy does not have. Windows cannot copy processes: programs
/// for it have neither this function nor such libraries.
std::optional<std::string> in_child_process(const std::function<std::string()>& work,
                                            const ChildLimits& = {});

}  // namespace vkm
