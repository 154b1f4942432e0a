#include "doctor/advice.h"

#include "doctor/packages.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace vkm::apps {
namespace {

/// Names a vendor of GPUs, and the package that has its Vulkan driver.
struct Vendor {
    uint32_t pci;
    std::string_view name;
    std::string_view DistributionPackages::*driver;
};

constexpr uint32_t nvidia = 0x10de;
constexpr std::array vendors{
    Vendor{0x1002, "AMD", &DistributionPackages::amd},
    Vendor{0x8086, "Intel", &DistributionPackages::intel},
    Vendor{nvidia, "NVIDIA", &DistributionPackages::nvidia},
};
constexpr Vendor other{0, "", &DistributionPackages::other};

const Vendor& vendor_of(const Gpu& gpu) {
    const auto found = std::ranges::find(vendors, gpu.vendor, &Vendor::pci);
    return found == vendors.end() ? other : *found;
}

/// Graphics cards that draw a server's or a virtual machine's console, and compute nothing.
bool only_draws(const Gpu& gpu) {
    constexpr std::array drivers{"ast",       "mgag200", "bochs-drm",  "cirrus", "qxl", "simple-framebuffer",
                                 "vboxvideo", "vmwgfx",  "hyperv_drm", "vkms"};
    return std::ranges::find(drivers, gpu.driver) != drivers.end();
}

bool is_software(const engine::DeviceSnapshot& device) {
    return device.type == engine::DeviceType::cpu;
}

/// Returns whether Vulkan shows a GPU of the same vendor. What a system on a chip has carries other numbers there.
bool is_shown(const Gpu& gpu, std::span<const engine::DeviceSnapshot> devices) {
    return std::ranges::any_of(devices, [&](const engine::DeviceSnapshot& device) {
        return !is_software(device) && (gpu.vendor == 0 || device.vendor_id == gpu.vendor);
    });
}

std::string title(const Gpu& gpu) {
    const Vendor& vendor = vendor_of(gpu);
    if (gpu.vendor == 0) return fmt::format("the GPU {} (kernel driver {})", gpu.card, gpu.driver);
    return fmt::format("the {}{}GPU {:04x}:{:04x}", vendor.name, vendor.name.empty() ? "" : " ", gpu.vendor,
                       gpu.device);
}

class Advice {
  public:
    Advice(const Machine& machine, const VulkanState& vulkan)
        : machine_(machine), vulkan_(vulkan), packages_(packages_of(machine.distributions)) {}

    std::vector<std::string> all() {
        if (!vulkan_.has_loader)
            say("the Vulkan loader is missing: {}{}", packages_.install, packages_.loader);
        for (const BrokenDriver& driver : machine_.broken_drivers)
            look_at(driver);
        for (const Gpu& gpu : machine_.gpus)
            if (!only_draws(gpu) && !is_shown(gpu, vulkan_.devices)) look_at(gpu);
        const bool computes =
            std::ranges::any_of(vulkan_.devices, [](const auto& d) { return !is_software(d); });
        if (!computes) explain_absence();
        if (vulkan_.has_loader && vulkan_.devices.empty()) explain_emptiness();
        if (vulkan_.has_loader && vulkan_.devices.empty())
            say("nothing can be run: a driver for the processor works everywhere: {}{}", packages_.install,
                packages_.software);
        return std::move(said_);
    }

  private:
    template <typename... Values>
    void say(fmt::format_string<Values...> text, Values&&... values) {
        std::string line = fmt::format(text, std::forward<Values>(values)...);
        if (std::ranges::find(said_, line) == said_.end()) said_.push_back(std::move(line));
    }

    void look_at(const BrokenDriver& driver) {
        if (driver.variable.empty())
            say("the driver {} cannot be used, as {}: install its package again, or remove that",
                driver.manifest, driver.why);
        else
            say("{} names {}, which cannot be used, as {}: unset it, or correct it", driver.variable,
                driver.manifest, driver.why);
    }

    void explain_emptiness() {
        for (const auto& [name, value] : machine_.variables)
            if (!value.empty() && (name == "VK_DRIVER_FILES" || name == "VK_ICD_FILENAMES"))
                say("{}={} hides every other driver: unset it", name, value);
    }

    void look_at(const Gpu& gpu) {
        if (gpu.driver.empty()) return say("{} has no driver in the kernel: {}", title(gpu), to_install(gpu));
        if (gpu.vendor == nvidia && gpu.driver == "nouveau")
            return say("{} runs on nouveau, which has no Vulkan driver before Mesa 24.1: {}", title(gpu),
                       to_install(gpu));
        for (const RenderNode& node : machine_.render_nodes)
            if (!node.opens)
                return say("{} cannot be opened: `sudo usermod -aG render,video $USER`, and log in again",
                           node.path);
        for (const auto& [name, value] : machine_.variables)
            if (name == "VK_DRIVER_FILES" || name == "VK_ICD_FILENAMES")
                return say("{} is not shown, maybe because {}={} hides every other driver: unset it",
                           title(gpu), name, value);
        say("{} has no Vulkan driver: {}", title(gpu), to_install(gpu));
    }

    std::string to_install(const Gpu& gpu) const {
        const std::string_view driver = packages_.*vendor_of(gpu).driver;
        return gpu.vendor == nvidia ? std::string(driver) : fmt::format("{}{}", packages_.install, driver);
    }

    /// Says why there may be a GPU that this system does not see.
    void explain_absence() {
        if (!machine_.gpus.empty()) return;
        if (machine_.is_container)
            say("this container sees no GPU; if the host has one: docker run --device /dev/dri (AMD, Intel), or "
                "--gpus all -e NVIDIA_DRIVER_CAPABILITIES=all (NVIDIA)");
        if (machine_.is_wsl)
            say("WSL passes GPUs to Vulkan through Direct3D alone (Mesa's dzn, slow and incomplete): the Windows program "
                "is faster");
    }

    const Machine& machine_;
    const VulkanState& vulkan_;
    const DistributionPackages& packages_;
    std::vector<std::string> said_;
};

}  // namespace

std::vector<std::string> advice(const Machine& machine, const VulkanState& vulkan) {
    return Advice(machine, vulkan).all();
}

}  // namespace vkm::apps
