#pragma once

#include <base/error.h>
#include <base/file_end.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>

namespace vkm::train {

/// Reports a log that cannot be read or written. The message names the file and what to do.
class ReportError : public Error {
  public:
    using Error::Error;
};

/// Writes a file that grows by whole records. Each goes out in one system call, so that a reader
/// (or a crash of this process) never meets half of one, and what a full disk cut short is taken
/// back. Throws ReportError.
class AppendFile {
  public:
    enum class Existing : uint8_t {
        refuse,  ///< the file must not exist
        keep     ///< append to it, or create it
    };
    AppendFile(const std::filesystem::path&, Existing);

    void append(std::span<const std::byte> record);
    void truncate(uint64_t bytes);

  private:
    [[noreturn]] void fail(const char* doing, const std::error_code&) const;

    std::filesystem::path path_;
    FileEnd end_;
    uint64_t bytes_ = 0;
};

}  // namespace vkm::train
