#pragma once

#include <base/atomic_file.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

namespace vkm {

/// Maps a file into memory for reading. Every member is safe to call from several threads at once.
class MappedFile {
  public:
    /// Throws FileError where it cannot be opened or mapped.
    explicit MappedFile(const std::filesystem::path&);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    /// Returns the bytes as they are while they are read: what the disk cannot give, or somebody else has cut off since,
    /// ends the program unless readable_while() guards it.
    std::span<const std::byte> bytes() const { return bytes_; }

    /// Asks the system to read a range ahead.
    void will_need(size_t offset, size_t count) const;
    /// Gives the pages of a range back, so that the process does not seem to hold the whole file. They are read again
    /// where they are asked for.
    void done_with(size_t offset, size_t count) const;

  private:
    std::span<const std::byte> bytes_;
};

/// Runs `read`, which reads mapped bytes and nothing else, and returns whether it came to its end. It did not where a
/// page could not be had: a disk that fails, a file that was cut off. `read` is left where it stands, so nothing in it
/// may need a destructor.
bool readable_while(const std::function<void()>& read);

}  // namespace vkm
