#include "doctor/machine.h"

#include <base/text.h>

#include <dlfcn.h>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <sstream>
#include <thread>

namespace vkm::apps {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// Returns the rest of the first line that begins with a key.
std::string value_behind(const fs::path& path, std::string_view key, char separator) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const size_t at = line.find(separator);
        if (at == line.npos ||
            std::string_view(line).substr(0, line.find_last_not_of(" \t", at - 1) + 1) != key)
            continue;
        const size_t begin = line.find_first_not_of(" \t\"", at + 1);
        if (begin == line.npos) return {};
        return line.substr(begin, line.find_last_not_of(" \t\"") + 1 - begin);
    }
    return {};
}

uint32_t hexadecimal(const fs::path& path) {
    return static_cast<uint32_t>(std::strtoul(first_line(path).c_str(), nullptr, 16));
}

/// Returns the names in a folder that begin so, in order; none where there is no such folder.
std::vector<std::string> names_in(const fs::path& folder, std::string_view start) {
    std::vector<std::string> names;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, none))
        if (std::string name = entry.path().filename().string(); name.starts_with(start))
            names.push_back(std::move(name));
    std::ranges::sort(names);
    return names;
}

bool opens(const fs::path& path) {
    return std::ifstream(path).is_open();
}

std::vector<Gpu> gpus(const fs::path& root) {
    const fs::path folder = root / "sys/class/drm";
    std::vector<Gpu> found;
    for (const std::string& card : names_in(folder, "card")) {
        if (card.find('-') != card.npos) continue;  // a connector of one
        const fs::path device = folder / card / "device";
        std::error_code none;
        const fs::path driver = fs::read_symlink(device / "driver", none);
        found.push_back({card, hexadecimal(device / "vendor"), hexadecimal(device / "device"),
                         driver.filename().string()});
    }
    return found;
}

std::vector<RenderNode> render_nodes(const fs::path& root) {
    std::vector<RenderNode> nodes;
    for (const std::string& name : names_in(root / "dev/dri", "renderD"))
        nodes.push_back({"/dev/dri/" + name, opens(root / "dev/dri" / name)});
    return nodes;
}

/// Returns the manifests of the drivers that are installed.
std::vector<fs::path> manifests(const fs::path& root) {
    std::vector<fs::path> found;
    for (const char* folder : {"etc/vulkan/icd.d", "usr/local/share/vulkan/icd.d", "usr/share/vulkan/icd.d",
                               "run/opengl-driver/share/vulkan/icd.d"})
        for (const std::string& name : names_in(root / folder, ""))
            if (name.ends_with(".json") &&
                std::ranges::none_of(found, [&](const fs::path& f) { return f.filename() == name; }))
                found.push_back(root / folder / name);
    return found;
}

/// Returns why the loader can make nothing of a driver's manifest; empty where it can.
std::string problem_of(const fs::path& manifest) {
    std::ifstream file(manifest);
    if (!file) return "it cannot be read";
    const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
    if (json.is_discarded()) return "it is no JSON";
    std::string library;
    if (const auto icd = json.find("ICD"); json.is_object() && icd != json.end() && icd->is_object())
        if (const auto path = icd->find("library_path"); path != icd->end() && path->is_string())
            library = *path;
    if (library.empty()) return "it names no library";
    if (library.find('/') != library.npos) library = (manifest.parent_path() / library).string();
    if (void* const opened = ::dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
        ::dlclose(opened);
        return {};
    }
    const char* const said = ::dlerror();
    const std::string why = said ? said : "no reason given";
    // Drivers for programs of the other word size lie beside ours.
    return why.find("wrong ELF class") != why.npos ? std::string() : "its library cannot be loaded: " + why;
}

/// Returns the manifests that a variable's value names as files.
std::vector<fs::path> named_manifests(const std::string& value) {
    std::vector<fs::path> named;
    std::istringstream paths(value);
    for (std::string path; std::getline(paths, path, ':');) {
        std::error_code none;
        if (path.empty() || fs::is_directory(path, none)) continue;
        named.emplace_back(path);
    }
    return named;
}

std::vector<BrokenDriver> broken_drivers(const Machine& machine, std::span<const fs::path> installed) {
    std::vector<BrokenDriver> broken;
    for (const auto& [name, value] : machine.variables)
        if (name == "VK_DRIVER_FILES" || name == "VK_ICD_FILENAMES" || name == "VK_ADD_DRIVER_FILES")
            for (const fs::path& manifest : named_manifests(value))
                if (std::string why = problem_of(manifest); !why.empty())
                    broken.push_back({manifest.string(), std::move(why), name});
    for (const fs::path& manifest : installed)
        if (std::string why = problem_of(manifest); !why.empty())
            broken.push_back({manifest.string(), std::move(why)});
    return broken;
}

std::vector<std::pair<std::string, std::string>> variables() {
    std::vector<std::pair<std::string, std::string>> set;
    for (const char* name :
         {"VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES", "VK_LOADER_DRIVERS_SELECT",
          "VK_LOADER_DRIVERS_DISABLE", "RADV_FORCE_FAMILY", "MESA_VK_DEVICE_SELECT", "CUDA_VISIBLE_DEVICES"})
        if (const char* const value = std::getenv(name)) set.emplace_back(name, value);
    return set;
}

std::string system_name(const fs::path& root) {
#if defined(__APPLE__)
    constexpr std::string_view kernel = "macOS";
#else
    constexpr std::string_view kernel = "Linux";
#endif
    const std::string name = value_behind(root / "etc/os-release", "PRETTY_NAME", '=');
    const std::string release = first_line(root / "proc/sys/kernel/osrelease");
    return fmt::format("{}{}{}{}{}", name, name.empty() ? "" : ", ", kernel, release.empty() ? "" : " ",
                       release);
}

std::vector<std::string> distributions(const fs::path& root) {
    const fs::path file = root / "etc/os-release";
    std::istringstream words(value_behind(file, "ID", '=') + " " + value_behind(file, "ID_LIKE", '='));
    std::vector<std::string> all;
    for (std::string word; words >> word;)
        all.push_back(word);
    return all;
}

}  // namespace

Machine this_machine(const fs::path& root) {
    std::error_code none;
    Machine machine{.system = system_name(root),
                    .distributions = distributions(root),
                    .processor = value_behind(root / "proc/cpuinfo", "model name", ':'),
                    .cores = static_cast<int>(std::thread::hardware_concurrency()),
                    .gpus = gpus(root),
                    .render_nodes = render_nodes(root),
                    .variables = variables(),
                    .is_container = fs::exists(root / ".dockerenv", none) ||
                                    fs::exists(root / "run/.containerenv", none)};
    const std::vector<fs::path> installed = manifests(root);
    for (const fs::path& manifest : installed)
        machine.manifests.push_back(manifest.filename().string());
    machine.broken_drivers = broken_drivers(machine, installed);
    machine.memory_bytes =
        std::strtoull(value_behind(root / "proc/meminfo", "MemTotal", ':').c_str(), nullptr, 10) << 10;
    machine.is_wsl = machine.system.find("microsoft") != machine.system.npos ||
                     machine.system.find("WSL") != machine.system.npos;
    return machine;
}

}  // namespace vkm::apps
