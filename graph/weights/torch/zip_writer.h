#pragma once

#include <base/atomic_file.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Writes a zip archive of stored (uncompressed) entries, atomically. Their data begin at multiples of 64
/// bytes, as torch.save lays them out, so that readers may map them. Throws WeightsError where the archive
/// would need zip64 (4 GiB), FileError where it cannot be written.
class ZipWriter {
  public:
    explicit ZipWriter(const std::filesystem::path&);

    void add(std::string name, std::span<const std::byte>);
    void add(std::string name, std::string_view text) {
        add(std::move(name), std::as_bytes(std::span(text)));
    }
    /// Writes the directory. Without it there is no file.
    void commit();

  private:
    struct Entry {
        std::string name;
        uint32_t crc = 0, bytes = 0, offset = 0;
    };

    void write(std::string_view);

    std::filesystem::path path_;
    AtomicFile file_;
    uint64_t offset_ = 0;
    std::vector<Entry> entries_;
};

}  // namespace vkm::graph
