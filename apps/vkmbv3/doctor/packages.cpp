#include "doctor/packages.h"

#include <algorithm>
#include <array>

namespace vkm::apps {
namespace {

constexpr std::string_view mesa = "mesa-vulkan-drivers";

constexpr std::array rows{
    DistributionPackages{"ubuntu", "apt install ", "libvulkan1", mesa, mesa, mesa, mesa,
                         "ubuntu-drivers install"},
    DistributionPackages{"debian", "apt install ", "libvulkan1", mesa, mesa, mesa, mesa,
                         "apt install nvidia-driver (of the component non-free)"},
    DistributionPackages{"fedora", "dnf install ", "vulkan-loader", mesa, mesa, mesa, mesa,
                         "dnf install akmod-nvidia (of RPM Fusion)"},
    DistributionPackages{"arch", "pacman -S ", "vulkan-icd-loader", "vulkan-radeon", "vulkan-intel",
                         "vulkan-freedreno vulkan-panfrost vulkan-broadcom", "vulkan-swrast",
                         "pacman -S nvidia-utils"},
    DistributionPackages{"suse", "zypper install ", "libvulkan1", "libvulkan_radeon", "libvulkan_intel",
                         "libvulkan_freedreno libvulkan_broadcom", "libvulkan_lvp",
                         "zypper install nvidia-video-G06 (of NVIDIA's repository)"},
    DistributionPackages{"alpine", "apk add ", "vulkan-loader", "mesa-vulkan-ati", "mesa-vulkan-intel",
                         "mesa-vulkan-broadcom mesa-vulkan-freedreno", "mesa-vulkan-swrast",
                         "NVIDIA's own driver, on a distribution with glibc"},
    DistributionPackages{"void", "xbps-install ", "vulkan-loader", "mesa-vulkan-radeon", "mesa-vulkan-intel",
                         "mesa-vulkan-broadcom mesa-vulkan-freedreno", "mesa-vulkan-lavapipe",
                         "xbps-install nvidia (of void-repo-nonfree)"},
    DistributionPackages{"gentoo", "emerge ", "media-libs/vulkan-loader", "media-libs/mesa (USE=vulkan)",
                         "media-libs/mesa (USE=vulkan)", "media-libs/mesa (USE=vulkan)",
                         "media-libs/mesa (USE=vulkan, VIDEO_CARDS=lavapipe)",
                         "emerge x11-drivers/nvidia-drivers"},
    DistributionPackages{"nixos", "set in configuration.nix: ", "hardware.graphics.enable = true",
                         "hardware.graphics.enable = true", "hardware.graphics.enable = true",
                         "hardware.graphics.enable = true", "hardware.graphics.enable = true",
                         "set in configuration.nix: services.xserver.videoDrivers = [ \"nvidia\" ]"},
    DistributionPackages{"windows", "install ", "your GPU's driver, of its vendor: it brings vulkan-1.dll",
                         "AMD Software: Adrenalin Edition", "Intel's graphics driver",
                         "the graphics driver of the computer's maker",
                         "Mesa's software driver (lavapipe) for Windows", "install NVIDIA's graphics driver"},
    DistributionPackages{"", "install ", "the Vulkan loader (libvulkan.so.1)",
                         "Mesa's Vulkan driver for AMD (RADV)", "Mesa's Vulkan driver for Intel (ANV)",
                         "the vendor's or Mesa's Vulkan driver", "Mesa's software driver (lavapipe)",
                         "install NVIDIA's own driver"},
};

}  // namespace

const DistributionPackages& packages_of(std::span<const std::string> distributions) {
    for (const std::string& distribution : distributions)
        if (const auto found = std::ranges::find(rows, distribution, &DistributionPackages::distribution);
            found != rows.end())
            return *found;
    return rows.back();
}

}  // namespace vkm::apps
