#pragma once

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

namespace vkm::test {

/// Returns a line of /proc/self/status, in bytes.
inline size_t memory_in_use(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        size_t kib = 0;
        if (word == name + ":" && status >> kib) return kib << 10;
    }
    return 0;
}

/// Returns by how many bytes this process grew at most while it ran `work`; nothing
/// where the system does not say.
template <typename Work>
std::optional<size_t> peak_growth(const Work& work) {
    const bool is_reset = static_cast<bool>(std::ofstream("/proc/self/clear_refs") << 5 << std::flush);
    if (!is_reset) return std::nullopt;
    const size_t before = memory_in_use("VmRSS");
    work();
    const size_t peak = memory_in_use("VmHWM");
    return peak > before ? peak - before : 0;
}

}  // namespace vkm::test
