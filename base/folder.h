#pragma once

#include <filesystem>

namespace vkm {

/// Returns whether this process may make files in a folder that exists.
bool may_write_into(const std::filesystem::path& folder);

/// Keeps a folder to one holder at a time, of all processes. It ends with its process, however that ends.
class FolderLock {
  public:
    /// Locks a folder that exists, unless another holder has it. Throws FileError where it cannot be opened. A file
    /// system without locks has none to respect.
    explicit FolderLock(const std::filesystem::path&);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    /// Returns whether the folder is kept; if not, another holder has it.
    bool held() const { return held_; }

  private:
    int descriptor_ = -1;
    bool held_ = false;
};

}  // namespace vkm
