#include "registry.h"
#include "text.h"

#include <base/host.h>

#include <fmt/format.h>
#include <windows.h>

#include <cstdlib>

namespace vkm {

std::string host_name() {
    std::wstring name(256, L'\0');
    auto size = static_cast<DWORD>(name.size());
    if (!::GetComputerNameExW(ComputerNameDnsHostname, name.data(), &size) || size == 0) return "localhost";
    return windows::to_utf8(name.substr(0, size));
}

uint64_t host_memory_bytes() {
    MEMORYSTATUSEX memory{};
    memory.dwLength = sizeof memory;
    return ::GlobalMemoryStatusEx(&memory) ? memory.ullTotalPhys : 0;
}

unsigned host_cores() {
    return ::GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
}

std::string host_processor() {
    return windows::registry_text(L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0",
                                  L"ProcessorNameString");
}

std::string host_system() {
    constexpr const wchar_t* key = L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
    // Windows 11 calls itself 10 in every place but its build's number.
    constexpr int first_of_11 = 22'000;
    const std::string build = windows::registry_text(key, L"CurrentBuildNumber");
    const uint32_t major = windows::registry_number(key, L"CurrentMajorVersionNumber");
    if (major < 10)
        return fmt::format("Windows {} build {} x86_64", windows::registry_text(key, L"CurrentVersion"),
                           build);
    return fmt::format("Windows {} build {} x86_64", std::atoi(build.c_str()) >= first_of_11 ? 11 : major,
                       build);
}

std::optional<double> host_load() {
    return {};
}

std::string host_power(const std::filesystem::path&) {
    SYSTEM_POWER_STATUS status{};
    if (!::GetSystemPowerStatus(&status)) return "";
    return status.ACLineStatus == 1 ? "mains" : status.ACLineStatus == 0 ? "battery" : "";
}

std::string host_governor(const std::filesystem::path&) {
    return "";
}

}  // namespace vkm
