#include <base/host.h>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

namespace vkm {
namespace {

namespace fs = std::filesystem;

// Returns the first word of a file; empty where there is none.
std::string word_in(const fs::path& file) {
    std::string word;
    std::ifstream(file) >> word;
    return word;
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

uint64_t host_memory_bytes() {
    return static_cast<uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES))) *
           static_cast<uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
}

unsigned host_cores() {
    return static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
}

std::string host_processor() {
#if defined(__APPLE__)
    std::array<char, 256> name{};
    size_t bytes = name.size() - 1;
    return ::sysctlbyname("machdep.cpu.brand_string", name.data(), &bytes, nullptr, 0) == 0 ? name.data()
                                                                                            : "";
#else
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "";
#endif
}

std::string host_system() {
    utsname system{};
    if (::uname(&system) != 0) return "";
    return fmt::format("{} {} {}", system.sysname, system.release, system.machine);
}

// Not getloadavg() where /proc tells it: Android has that since version 10 only.
std::optional<double> host_load() {
    double load = 0;
#if defined(__APPLE__)
    return ::getloadavg(&load, 1) == 1 ? std::optional(load) : std::nullopt;
#else
    return std::ifstream("/proc/loadavg") >> load ? std::optional(load) : std::nullopt;
#endif
}

std::string host_power(const fs::path& root) {
    bool has_battery = false;
    std::error_code none;
    for (const auto& supply : fs::directory_iterator(root / "sys/class/power_supply", none)) {
        const std::string type = word_in(supply.path() / "type");
        // Chargers on a USB port are of type USB. A mouse's battery feeds its device alone.
        if ((type == "Mains" || type == "USB") && word_in(supply.path() / "online") == "1") return "mains";
        has_battery |= type == "Battery" && word_in(supply.path() / "scope") != "Device";
    }
    return has_battery ? "battery" : "";
}

std::string host_governor(const fs::path& root) {
    return word_in(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
}

}  // namespace vkm
