#include "doctor/machine.h"

#include <base/environment.h>
#include <base/host.h>
#include <base/windows/registry.h>
#include <base/windows/text.h>

#include <fmt/core.h>
#include <windows.h>

#include <algorithm>
#include <cwchar>
#include <thread>

namespace vkm::apps {
namespace {

/// Returns the number behind a mark in a device's name of the PCI bus: "PCI\VEN_10DE&DEV_2684&…".
uint32_t number_behind(const wchar_t* mark, const wchar_t* text) {
    const wchar_t* const found = std::wcsstr(text, mark);
    return found ? static_cast<uint32_t>(std::wcstoul(found + std::wcslen(mark), nullptr, 16)) : 0;
}

/// Returns the name of a display's driver; empty for the one that shows a picture where none was installed.
std::string driver_of(const std::string& display) {
    return display.starts_with("Microsoft Basic") ? "" : display;
}

std::vector<Gpu> gpus() {
    std::vector<Gpu> found;
    DISPLAY_DEVICEW display{};
    display.cb = sizeof display;
    for (DWORD i = 0; ::EnumDisplayDevicesW(nullptr, i, &display, 0); ++i) {
        const std::string name = windows::to_utf8(display.DeviceString);
        const Gpu gpu{name, number_behind(L"VEN_", display.DeviceID),
                      number_behind(L"DEV_", display.DeviceID), driver_of(name)};
        // One for each output that a GPU has.
        const auto same = [&](const Gpu& other) {
            return other.vendor == gpu.vendor && other.device == gpu.device;
        };
        if (gpu.vendor != 0 && std::ranges::none_of(found, same)) found.push_back(gpu);
    }
    return found;
}

std::vector<std::pair<std::string, std::string>> variables() {
    std::vector<std::pair<std::string, std::string>> set;
    for (const char* name : {"VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES",
                             "VK_LOADER_DRIVERS_SELECT", "VK_LOADER_DRIVERS_DISABLE", "CUDA_VISIBLE_DEVICES"})
        if (const std::string value = environment(name); !value.empty()) set.emplace_back(name, value);
    return set;
}

}  // namespace

Machine this_machine(const std::filesystem::path&) {
    Machine machine;
    machine.system = host_system();
    machine.distributions = {"windows"};
    machine.processor = host_processor();
    machine.cores = static_cast<int>(std::thread::hardware_concurrency());
    machine.memory_bytes = host_memory_bytes();
    machine.gpus = gpus();
    machine.manifests = windows::registry_names(L"SOFTWARE\\Khronos\\Vulkan\\Drivers");
    machine.variables = variables();
    return machine;
}

}  // namespace vkm::apps
