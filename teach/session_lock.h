#pragma once

#include <base/folder.h>

#include <filesystem>

namespace vkm::teach {

/// Keeps a session's folder to one session at a time, of all processes: two would take each other's pictures for
/// missing. It ends with its process, however that ends.
class SessionLock {
  public:
    /// Makes the folder where it is missing. Throws TeachError where another session has it, FileError.
    explicit SessionLock(const std::filesystem::path& folder);

  private:
    FolderLock lock_;
};

}  // namespace vkm::teach
