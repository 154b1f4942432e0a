#pragma once

#include <cstdint>

// Numbers of the Vulkan registry that snapshots hold, for code that decides by them without Vulkan's headers.

namespace vkm::engine::vendor {

constexpr uint32_t amd = 0x1002, nvidia = 0x10de, intel = 0x8086;
constexpr uint32_t apple = 0x106b, qualcomm = 0x5143, arm = 0x13b5, imagination = 0x1010, samsung = 0x144d,
                   broadcom = 0x14e4, huawei = 0x19e5, verisilicon = 0x10001, mesa = 0x10005;

}  // namespace vkm::engine::vendor

namespace vkm::engine::driver {  // VkDriverId

constexpr uint32_t amd_proprietary = 1, amd_open_source = 2, mesa_radv = 3, nvidia_proprietary = 4,
                   qualcomm_proprietary = 8, google_swiftshader = 10, mesa_llvmpipe = 13,
                   mesa_honeykrisp = 26;

}  // namespace vkm::engine::driver

namespace vkm::engine {

// VkShaderStageFlagBits, VkSubgroupFeatureFlagBits.
constexpr uint32_t stage_compute = 0x20;
constexpr uint32_t subgroup_arithmetic_bit = 0x4, subgroup_shuffle_bit = 0x10;

/// Returns what VK_MAKE_API_VERSION makes, without a variant.
/// Mesa, Arm, Qualcomm and Intel number their drivers the same way.
constexpr uint32_t make_version(uint32_t major, uint32_t minor, uint32_t patch = 0) {
    return major << 22 | minor << 12 | patch;
}

/// Returns a version in NVIDIA's numbering of drivers: 595.58.3 is nvidia_version(595, 58, 3).
constexpr uint32_t nvidia_version(uint32_t major, uint32_t minor, uint32_t patch = 0) {
    return major << 22 | minor << 14 | patch << 6;
}

constexpr uint32_t major_version(uint32_t version) {
    return version >> 22 & 0x7f;
}
constexpr uint32_t minor_version(uint32_t version) {
    return version >> 12 & 0x3ff;
}

}  // namespace vkm::engine
