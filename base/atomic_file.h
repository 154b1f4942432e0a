#pragma once

#include <base/error.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm {

/// Says that a file cannot be read or written. The message names the file, the reason and what to do.
class FileError : public Error {
  public:
    using Error::Error;
};

/// Returns the whole file. Throws FileError.
std::vector<std::byte> read_file(const std::filesystem::path&);

/// Writes a file that appears whole or not at all: beside its destination under a temporary name, which
/// commit() syncs and renames over the destination before it syncs the folder. Until then whatever was at the
/// destination stays as it was; without commit() nothing new remains. A symbolic link as destination is
/// followed, and an existing file's permissions are kept. All members throw FileError naming the destination.
class AtomicFile {
  public:
    explicit AtomicFile(const std::filesystem::path& destination);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(std::span<const std::byte>);
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
    /// Writes over what was written before, from an offset of the file's begin: a header that is known at the end.
    void write_at(uint64_t offset, std::span<const std::byte>);
    void commit();

  private:
    [[noreturn]] void fail(std::string_view doing, int error) const;

    std::filesystem::path destination_;
    std::string temporary_;
    int descriptor_ = -1;
};

/// Writes a whole AtomicFile.
void write_atomically(const std::filesystem::path&, std::span<const std::byte>);
void write_atomically(const std::filesystem::path&, std::string_view text);

}  // namespace vkm
