#pragma once

#include <graph/run/planned_device.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vkm::test {

struct DeviceUnderTest {
    std::string name;  ///< "0:llvmpipe…", with what was forced
    graph::PlannedDevice* device;
    bool other_way = false;  ///< of devices_both_ways(): not as its plan would use it
};

/// Returns the instance of this test program, with the validation layer where
/// VKMBV3_VALIDATION=1 asks for it.
const engine::Instance& instance();

/// Returns every Vulkan device of the machine as its plan would use it, and again with what the options
/// force. Each is opened once.
std::vector<DeviceUnderTest> devices(const graph::KernelOptions& = {}, const engine::PlanOptions& = {});

/// Returns those with matrix units, which then multiply fp16 tensors.
std::vector<DeviceUnderTest> devices_on_matrix_units(graph::KernelOptions = {});

/// Returns whether a device here has them and this build has kernels for them, and if not what is missing.
testing::AssertionResult has_matrix_units();

/// The most that a binding holds on devices that are used the other way.
constexpr int64_t windows_of_the_other_way = 1 << 20;

/// Returns devices as the plans would use them, and with the other load path and small bindings.
std::vector<DeviceUnderTest> devices_both_ways();

}  // namespace vkm::test
