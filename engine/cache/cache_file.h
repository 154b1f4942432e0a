#pragma once

#include <engine/plan/snapshot.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::engine {

/// Holds what a cache file is written for. Any difference makes the file useless, and some make it dangerous.
struct CacheIdentity {
    uint32_t vendor_id = 0, device_id = 0, driver_version = 0, driver_id = 0;
    std::array<uint8_t, 16> device_uuid{}, driver_uuid{}, cache_uuid{};
    uint64_t name_hash = 0;  ///< of the device's name and the driver's
    uint64_t build = 0;      ///< of all shader code in this program

    bool operator==(const CacheIdentity&) const = default;
};

CacheIdentity cache_identity(const DeviceSnapshot&, uint64_t build);

/// Returns the FNV-1a hash of all SPIR-V of this program.
uint64_t shader_build();

/// Returns a file's name. It has no versions: a device and driver have one file of each kind (its extension),
/// and a newer driver or program replaces the file of the older.
std::string cache_file_name(const CacheIdentity&, std::string_view extension = "pipelines");

/// Makes the file's folder and writes the file in one step (base/atomic_file.h). Throws FileError where it
/// cannot be written, std::filesystem::filesystem_error where there can be no such folder.
void write_cache_file(const std::filesystem::path&, std::span<const std::byte>);

/// Returns a file's bytes: magic, format version, identity, size and FNV-1a checksum of the data, data.
std::vector<std::byte> encode_cache(const CacheIdentity&, std::span<const std::byte> data);

struct DecodedCache {
    std::span<const std::byte> data;  ///< inside the file's bytes; empty where the file is of no use
    std::string_view refused;         ///< why, or empty
};
/// Reads what encode_cache() wrote for the same identity, and refuses anything else.
DecodedCache decode_cache(const CacheIdentity&, std::span<const std::byte> file);

}  // namespace vkm::engine
