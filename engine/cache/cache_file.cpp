#include <base/atomic_file.h>
#include <base/checksum.h>
#include <engine/cache/cache_file.h>
#include <fmt/format.h>
#include <shaders/shader.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace vkm::engine {
namespace {

/// Begins the file. It has no padding, so that its bytes can be written as they are.
struct FileHeader {
    std::array<char, 8> magic;
    uint32_t format, vendor_id, device_id, driver_version, driver_id, reserved;
    std::array<uint8_t, 16> device_uuid, driver_uuid, cache_uuid;
    uint64_t name_hash, build, size, checksum;
};
constexpr std::array<char, 8> file_magic{'V', 'K', 'M', 'B', 'V', '3', 'P', 'C'};
constexpr uint32_t file_format = 1;
static_assert(sizeof(FileHeader) == 8 + 6 * 4 + 3 * 16 + 4 * 8);
static_assert(std::has_unique_object_representations_v<FileHeader>);

}  // namespace

CacheIdentity cache_identity(const DeviceSnapshot& s, uint64_t build) {
    return {s.vendor_id,   s.device_id,   s.driver_version,      s.driver_id,
            s.device_uuid, s.driver_uuid, s.pipeline_cache_uuid, fnv1a(s.driver_name, fnv1a(s.name)),
            build};
}

uint64_t shader_build() {
    static const uint64_t build = [] {
        uint64_t hash = fnv_basis;
        for (const Shader* shader : shaders::all())
            for (const auto& by_load : shader->code)
                for (const auto code : by_load)
                    hash = fnv1a(std::as_bytes(code), hash);
        return hash;
    }();
    return build;
}

std::string cache_file_name(const CacheIdentity& id, std::string_view extension) {
    return fmt::format("{:04x}-{:04x}-{:016x}.{}", id.vendor_id, id.device_id,
                       fnv1a(std::as_bytes(std::span(id.device_uuid)), id.name_hash), extension);
}

void write_cache_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
    std::filesystem::create_directories(path.parent_path());
    write_atomically(path, bytes);
}

std::vector<std::byte> encode_cache(const CacheIdentity& id, std::span<const std::byte> data) {
    const FileHeader header{file_magic,   file_format, id.vendor_id,   id.device_id,   id.driver_version,
                            id.driver_id, 0,           id.device_uuid, id.driver_uuid, id.cache_uuid,
                            id.name_hash, id.build,    data.size(),    fnv1a(data)};
    std::vector<std::byte> file(sizeof header + data.size());
    std::memcpy(file.data(), &header, sizeof header);
    std::ranges::copy(data, file.begin() + sizeof header);
    return file;
}

DecodedCache decode_cache(const CacheIdentity& id, std::span<const std::byte> file) {
    FileHeader header;
    if (file.size() < sizeof header) return {{}, "it is too short"};
    std::memcpy(&header, file.data(), sizeof header);
    if (header.magic != file_magic) return {{}, "it is not a pipeline cache"};
    if (header.format != file_format || header.reserved != 0) return {{}, "it has another format"};
    const CacheIdentity found{header.vendor_id,  header.device_id,   header.driver_version,
                              header.driver_id,  header.device_uuid, header.driver_uuid,
                              header.cache_uuid, header.name_hash,   header.build};
    if (found.build != id.build) return {{}, "it is of another build"};
    if (found != id) return {{}, "it is of another device or driver"};
    const auto data = file.subspan(sizeof header);
    if (data.size() != header.size) return {{}, "it is truncated"};
    if (fnv1a(data) != header.checksum) return {{}, "its checksum is wrong"};
    return {data, {}};
}

}  // namespace vkm::engine
