#pragma once

#include <filesystem>
#include <vector>

namespace vkm::demo {

/// Returns the system's font files for "sans-serif", the one to prefer first, then those that have further letters; none
/// where fontconfig is missing.
std::vector<std::filesystem::path> font_files(size_t most);

}  // namespace vkm::demo
