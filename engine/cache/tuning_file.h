#pragma once

#include <engine/cache/cache_file.h>
#include <engine/cache/tuning.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace vkm::engine {

/// Returns a file's text: readable lines, of which the last holds the checksum of those before.
///     vkmbv3 tuning 1
///     # what it is
///     device VENDOR:DEVICE driver ID:VERSION uuid … names …
///     build 0123456789abcdef
///     1.340 | KERNEL tile | f32 32x112x112x16 … | 2x2
///     checksum 0123456789abcdef
std::string encode_tuning(const CacheIdentity&, const Tuning&);

struct DecodedTuning {
    Tuning tuning;             ///< empty where the file is of no use
    std::string_view refused;  ///< why, or empty
};
/// Reads what encode_tuning() wrote for the same identity, and refuses anything else.
DecodedTuning decode_tuning(const CacheIdentity&, std::string_view file);

/// Returns the path of the device's tuning, beside the pipeline cache; empty where cache_folder() is.
std::filesystem::path tuning_path(const DeviceSnapshot&);

/// Returns the device's tuning; empty where there is no file. A file that is damaged, or of another device,
/// driver or build, is logged and counts as none.
Tuning load_tuning(const DeviceSnapshot&);

/// Replaces the device's file. Throws Error where it cannot be written.
void save_tuning(const DeviceSnapshot&, const Tuning&);

}  // namespace vkm::engine
