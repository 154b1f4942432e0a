#include <base/checksum.h>
#include <engine/cache/tuning_file.h>
#include <engine/error.h>
#include <engine/log.h>
#include <engine/vulkan/device.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>

namespace vkm::engine {
namespace {

constexpr std::string_view first_line = "vkmbv3 tuning 1";
constexpr std::string_view explanation =
    "# Gain, kernel, shape and fastest variant, as `vkmbv3 tune` measured them. "
    "A file that was edited is not used.";
constexpr std::string_view checksum_word = "checksum ", separator = " | ";
constexpr size_t largest_file = 16 << 20;

std::string hexadecimal(const std::array<uint8_t, 16>& bytes) {
    std::string text;
    for (const uint8_t byte : bytes)
        text += fmt::format("{:02x}", byte);
    return text;
}

// Leaves out the build, which has a line and a message of its own.
std::string device_line(const CacheIdentity& id) {
    return fmt::format("device {:x}:{:x} driver {:x}:{:x} uuid {} {} {} names {:016x}", id.vendor_id,
                       id.device_id, id.driver_id, id.driver_version, hexadecimal(id.device_uuid),
                       hexadecimal(id.driver_uuid), hexadecimal(id.cache_uuid), id.name_hash);
}

std::string build_line(const CacheIdentity& id) {
    return fmt::format("build {:016x}", id.build);
}

std::string choice_line(const std::string& key, const TunedChoice& choice) {
    return fmt::format("{:.3f}{}{}{}{}\n", choice.gain, separator, key, separator, choice.candidate);
}

// Cuts the first line off and returns it.
std::string_view take_line(std::string_view& text) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::optional<std::pair<std::string, TunedChoice>> parse_choice(std::string_view line) {
    const size_t key = line.find(separator), candidate = line.rfind(separator);
    if (key == std::string_view::npos || candidate == key) return std::nullopt;
    TunedChoice choice{std::string(line.substr(candidate + separator.size()))};
    const auto [end, error] = std::from_chars(line.data(), line.data() + key, choice.gain);
    if (error != std::errc() || end != line.data() + key || !std::isfinite(choice.gain)) return std::nullopt;
    const size_t first = key + separator.size();
    return std::pair(std::string(line.substr(first, candidate - first)), std::move(choice));
}

}  // namespace

std::string encode_tuning(const CacheIdentity& id, const Tuning& tuning) {
    std::string text =
        fmt::format("{}\n{}\n{}\n{}\n", first_line, explanation, device_line(id), build_line(id));
    for (const auto& [key, choice] : tuning)
        text += choice_line(key, choice);
    return text + fmt::format("{}{:016x}\n", checksum_word, fnv1a(text));
}

DecodedTuning decode_tuning(const CacheIdentity& id, std::string_view file) {
    std::string_view rest = file;
    if (take_line(rest) != first_line) return {{}, "it is not a tuning of this format"};
    const size_t last = file.rfind(checksum_word);
    if (last == std::string_view::npos ||
        file.substr(last) != fmt::format("{}{:016x}\n", checksum_word, fnv1a(file.substr(0, last))))
        return {{}, "it is damaged, or was edited"};
    take_line(rest);
    if (take_line(rest) != device_line(id)) return {{}, "it is of another device or driver"};
    if (take_line(rest) != build_line(id)) return {{}, "it is of another build"};
    rest = rest.substr(0, rest.rfind(checksum_word));
    Tuning tuning;
    while (!rest.empty()) {
        auto choice = parse_choice(take_line(rest));
        if (!choice) return {{}, "it has a line that cannot be read"};
        tuning.insert(*std::move(choice));
    }
    return {std::move(tuning), {}};
}

std::filesystem::path tuning_path(const DeviceSnapshot& device) {
    const std::filesystem::path folder = cache_folder();
    if (folder.empty()) return {};
    return folder / cache_file_name(cache_identity(device, shader_build()), "tuning");
}

Tuning load_tuning(const DeviceSnapshot& device) {
    const std::filesystem::path path = tuning_path(device);
    std::ifstream in(path, std::ios::binary);
    if (path.empty() || !in) return {};
    std::string file(largest_file, '\0');
    in.read(file.data(), static_cast<std::streamsize>(file.size()));
    file.resize(static_cast<size_t>(in.gcount()));
    DecodedTuning decoded = decode_tuning(cache_identity(device, shader_build()), file);
    if (!decoded.refused.empty())
        log().info("tuning {} is not used: {}; `vkmbv3 tune` makes it anew", path.string(), decoded.refused);
    return std::move(decoded.tuning);
}

void save_tuning(const DeviceSnapshot& device, const Tuning& tuning) {
    const std::filesystem::path path = tuning_path(device);
    if (path.empty()) throw Error("no folder to keep the tuning in: set VKMBV3_CACHE to one");
    const std::string text = encode_tuning(cache_identity(device, shader_build()), tuning);
    try {
        write_cache_file(path, std::as_bytes(std::span(text)));
    } catch (const std::exception& error) {
        throw Error("tuning {} cannot be written: {}; set VKMBV3_CACHE to a folder that can be",
                    path.string(), error.what());
    }
}

}  // namespace vkm::engine
