#pragma once

#include <engine/error.h>
#include <engine/plan/device_plan.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/devices.h>

#include <string>
#include <vector>

namespace vkm::engine {

inline constexpr uint64_t MiB = 1u << 20;

inline DevicePlan plan(const DeviceSnapshot& device, const PlanOptions& options = {}) {
    return plan_device(device, known_quirks(), options);
}

/// Expects one line that names the device and has these words.
inline void expect_unsupported(const DeviceSnapshot& device, const std::vector<std::string>& words,
                               const PlanOptions& options = {}) {
    try {
        plan(device, options);
        ADD_FAILURE() << "accepted; expected: " << ::testing::PrintToString(words);
    } catch (const UnsupportedDevice& error) {
        EXPECT_THAT(error.what(), ::testing::HasSubstr(device.name));
        for (const std::string& word : words)
            EXPECT_THAT(error.what(), ::testing::HasSubstr(word));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
}

/// Returns a device with matrix units of these shapes and all that they need.
inline DeviceSnapshot with_matrices(std::vector<DeviceSnapshot::CooperativeMatrix> shapes) {
    DeviceSnapshot device = captured_device("radv-gfx1100");
    device.extensions.insert("VK_KHR_cooperative_matrix");
    device.features.packed_dot_product = true;
    device.cooperative_matrices = std::move(shapes);
    return device;
}

/// Returns the shape that kernels here use: half precision times half, summed in single.
inline DeviceSnapshot::CooperativeMatrix half_matrix(uint32_t m, uint32_t n, uint32_t k) {
    return {.m = m,
            .n = n,
            .k = k,
            .a = "float16",
            .b = "float16",
            .c = "float32",
            .result = "float32",
            .subgroup_scope = true};
}

}  // namespace vkm::engine
