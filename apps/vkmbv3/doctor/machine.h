#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace vkm::apps {

/// Is a graphics processor as the kernel knows it, whatever Vulkan says.
struct Gpu {
    std::string card;         ///< "card0"
    uint32_t vendor = 0;      ///< of PCI; 0 for one that is part of a system on a chip
    uint32_t device = 0;      ///< of PCI
    std::string driver = {};  ///< the kernel's: "amdgpu"; empty: it has none for it
};

/// Is a file through which programs reach a GPU.
struct RenderNode {
    std::string path;  ///< "/dev/dri/renderD128"
    bool opens = false;
};

/// Is a Vulkan driver's manifest that the loader can make nothing of.
struct BrokenDriver {
    std::string manifest;  ///< its path
    std::string why;
    std::string variable = {};  ///< of the environment, which names it; empty: it is installed
};

/// Holds what a machine has that decides whether Vulkan works on it.
struct Machine {
    std::string system;                      ///< "Debian GNU/Linux 12 (bookworm), Linux 6.1.0"
    std::vector<std::string> distributions;  ///< os-release's ID, then what it is like: "linuxmint", "ubuntu"
    std::string processor;
    int cores = 0;
    uint64_t memory_bytes = 0;
    std::vector<Gpu> gpus;
    std::vector<RenderNode> render_nodes;
    std::vector<std::string> manifests = {};  ///< of Vulkan drivers: "radeon_icd.x86_64.json"
    std::vector<BrokenDriver> broken_drivers = {};
    /// Variables of the environment by which drivers are chosen, those that are set.
    std::vector<std::pair<std::string, std::string>> variables = {};
    bool is_container = false, is_wsl = false;
};

/// Looks at this machine. What cannot be read is left empty. `root` stands before the paths of Linux; others have none.
Machine this_machine(const std::filesystem::path& root = "/");

}  // namespace vkm::apps
