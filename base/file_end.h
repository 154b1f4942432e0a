#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>

namespace vkm {

/// Is a file that grows at its end, written without a buffer. Members tell what failed, which is nothing for an error
/// without a value.
class FileEnd {
  public:
    FileEnd() = default;
    ~FileEnd();
    FileEnd(const FileEnd&) = delete;
    FileEnd& operator=(const FileEnd&) = delete;

    /// Opens a file, or makes it; with `fresh` it must not be there. `size` becomes what it has already.
    std::error_code open(const std::filesystem::path&, bool fresh, uint64_t& size);
    /// Writes in one system call. `written` becomes how much fitted.
    std::error_code append(std::span<const std::byte>, size_t& written);
    std::error_code truncate(uint64_t bytes);

  private:
    int descriptor_ = -1;
};

}  // namespace vkm
