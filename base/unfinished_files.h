#pragma once

#include <filesystem>

namespace vkm {

/// Removes from a folder what AtomicFile had not renamed yet when its process was killed. For folders to which nobody else
/// writes meanwhile. What cannot be removed stays.
void remove_unfinished_files(const std::filesystem::path& folder);

}  // namespace vkm
