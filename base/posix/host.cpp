#include <base/host.h>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace vkm {

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
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "";
}

std::string host_system() {
    utsname system{};
    if (::uname(&system) != 0) return "";
    return fmt::format("{} {} {}", system.sysname, system.release, system.machine);
}

// Not getloadavg(), which Android has since version 10 only.
std::optional<double> host_load() {
    double load = 0;
    return std::ifstream("/proc/loadavg") >> load ? std::optional(load) : std::nullopt;
}

}  // namespace vkm
