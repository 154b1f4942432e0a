#include <base/command_output.h>
#include <bench/device_state.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace vkm::bench {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t amd = 0x1002, intel = 0x8086, nvidia = 0x10de;

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

double number_of(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

uint32_t id_of(const fs::path& path) {
    uint32_t id = 0;
    const std::string text = text_of(path);
    if (text.starts_with("0x")) std::from_chars(text.data() + 2, text.data() + text.size(), id, 16);
    return id;
}

double first_of(const fs::path& folder, std::initializer_list<const char*> files) {
    for (const char* file : files)
        if (const double value = number_of(text_of(folder / file)); value > 0) return value;
    return 0;
}

// Returns the highest of the temperatures that a folder's sensors tell, in thousandths of a degree there.
double hottest_sensor(const fs::path& hwmon) {
    double most = 0;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(hwmon, none))
        most = std::max(most, number_of(text_of(entry.path() / "temp1_input")) / 1000);
    return most;
}

DeviceState state_of_card(const fs::path& card) {
    DeviceState state;
    state.core_mhz = marked_rate(text_of(card / "device/pp_dpm_sclk"));
    state.memory_mhz = marked_rate(text_of(card / "device/pp_dpm_mclk"));
    // i915's names, and xe's.
    if (state.core_mhz == 0)
        state.core_mhz = first_of(card, {"gt_act_freq_mhz", "device/tile0/gt0/freq0/act_freq"});
    state.temperature = hottest_sensor(card / "device/hwmon");
    const auto is_held = [&](const std::string& by) {
        return number_of(text_of(card / ("gt/gt0/throttle_reason_" + by))) > 0 ||
               number_of(text_of(card / ("device/tile0/gt0/freq0/throttle/reason_" + by))) > 0;
    };
    state.held_by_heat = is_held("thermal") || is_held("prochot");
    state.held_by_power = is_held("pl1") || is_held("pl2");
    return state;
}

// Takes the state of one card. Returns whether there is another with the same ids and other clocks.
bool differs(std::optional<DeviceState>& found, const DeviceState& state) {
    if (found && (found->core_mhz != state.core_mhz || found->memory_mhz != state.memory_mhz)) return true;
    found = state;
    return false;
}

std::optional<DeviceState> state_in_sys(uint32_t vendor, uint32_t device, const fs::path& root) {
    std::optional<DeviceState> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(root / "sys/class/drm", none)) {
        const std::string name = entry.path().filename().string();
        // Not its outputs, "card0-HDMI-A-1".
        if (!name.starts_with("card") || name.find('-') != name.npos) continue;
        if (id_of(entry.path() / "device/vendor") != vendor ||
            id_of(entry.path() / "device/device") != device)
            continue;
        const DeviceState state = state_of_card(entry.path());
        if (state.core_mhz == 0 && state.memory_mhz == 0) continue;
        if (differs(found, state)) return {};
    }
    return found;
}

std::optional<DeviceState> state_by_nvidia_smi(uint32_t device) {
    std::istringstream output(command_output(
        fmt::format("nvidia-smi --query-gpu={} --format=csv,noheader,nounits", nvidia_fields)));
    std::optional<DeviceState> found;
    for (std::string line; std::getline(output, line);)
        if (const std::optional<DeviceState> state = state_of_nvidia(line, device))
            if (differs(found, *state)) return {};
    return found;
}

std::optional<DeviceState> state_of_processor(const fs::path& root) {
    std::ifstream file(root / "proc/cpuinfo");
    DeviceState state;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("cpu MHz"))
            state.core_mhz = std::max(state.core_mhz, number_of(line.substr(line.find(':') + 1)));
    std::error_code none;
    for (const auto& zone : fs::directory_iterator(root / "sys/class/thermal", none))
        if (text_of(zone.path() / "type").starts_with("x86_pkg_temp") ||
            text_of(zone.path() / "type").starts_with("cpu"))
            state.temperature = std::max(state.temperature, number_of(text_of(zone.path() / "temp")) / 1000);
    return state.core_mhz > 0 || state.temperature > 0 ? std::optional(state) : std::nullopt;
}

}  // namespace

std::optional<DeviceState> state_of_nvidia(std::string_view line, uint32_t device) {
    // nvmlClocksEventReasons: a power cap, power brakes; heat by software and by hardware, which slows down for both.
    constexpr unsigned long long power = 0x4 | 0x80, heat = 0x20 | 0x40 | 0x8;
    unsigned id = 0;
    unsigned long long reasons = 0;
    DeviceState state;
    // The last fields are "[N/A]" where a device does not have them.
    if (std::sscanf(std::string(line).c_str(), "0x%x, %lf, %lf, %lf, 0x%llx", &id, &state.core_mhz,
                    &state.memory_mhz, &state.temperature, &reasons) < 3 ||
        id >> 16 != device)
        return {};
    state.held_by_heat = (reasons & heat) != 0;
    state.held_by_power = (reasons & power) != 0;
    return state;
}

double marked_rate(std::string_view list) {
    const size_t mark = list.find('*');
    if (mark == list.npos) return 0;
    const size_t line = list.rfind('\n', mark) == list.npos ? 0 : list.rfind('\n', mark) + 1;
    const size_t colon = list.find(':', line);
    return colon < mark ? number_of(list.substr(colon + 1, mark - colon)) : 0;
}

std::optional<DeviceState> read_state(uint32_t vendor_id, uint32_t device_id, bool software,
                                      const fs::path& root) {
    if (software) return state_of_processor(root);
    if (vendor_id == nvidia) return state_by_nvidia_smi(device_id);
    if (vendor_id == amd || vendor_id == intel) return state_in_sys(vendor_id, device_id, root);
    return {};
}

}  // namespace vkm::bench
