#pragma once

#include <graph/weights/error.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace vkm::graph {

/// Returns whether the bytes begin with a zip entry.
bool looks_like_zip(std::span<const std::byte>);

/// Reads a zip archive of stored (uncompressed) entries, as torch.save writes it: an index over bytes that
/// the caller keeps. The central directory decides what is in it; zip64 is understood. All members throw
/// WeightsError naming the file and the entry.
class ZipArchive {
  public:
    ZipArchive(std::span<const std::byte> bytes, std::string_view file);

    struct Entry {
        uint64_t offset = 0;  ///< of the local header
        uint64_t bytes = 0;
        uint32_t crc = 0;
        uint16_t method = 0, flags = 0;
    };
    const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

    bool contains(std::string_view name) const { return entries_.contains(name); }

    /// Returns the entry's bytes, checksum verified. Throws also when it is absent, encrypted or compressed.
    std::span<const std::byte> read(std::string_view name) const;

  private:
    std::span<const std::byte> bytes_;
    std::string file_;
    std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace vkm::graph
