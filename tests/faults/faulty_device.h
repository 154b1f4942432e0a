#pragma once

#include <engine/vulkan/device_impl.h>
#include <graph/run/planned_device.h>
#include <gtest/gtest.h>
#include <support/vulkan_devices.h>

#include <memory>

namespace vkm::test {

/// Stands for the default device, with functions that can be told to fail. Functions of a table carry no
/// context, so what is planned holds for every device of this kind; other devices are left alone.
class FaultyDevice {
  public:
    enum Function : uint8_t { submit, wait, allocate, create_pipeline, function_count };

    explicit FaultyDevice(const graph::DeviceOptions& = {});
    ~FaultyDevice();
    FaultyDevice(const FaultyDevice&) = delete;

    graph::PlannedDevice& device() { return *device_; }
    /// Hands the device over, for who opens devices itself.
    std::unique_ptr<graph::PlannedDevice> take() { return std::move(device_); }

    /// Lets the next `calls_before` calls work; the `times` after them, or all,
    /// return `result` and do nothing.
    static void plan(Function, VkResult, int calls_before = 0, int times = for_ever);
    static constexpr int for_ever = 1 << 30;
    static void heal();
    static int calls(Function);
    /// Counts buffers, allocations, command pools and pipelines of faulty devices
    /// that were not destroyed yet.
    static int live_objects();

  private:
    std::unique_ptr<graph::PlannedDevice> device_;
};

/// Makes sure that nothing is planned when a test begins, nor when it ends.
class FaultyDeviceTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        FaultyDevice::heal();
    }
    void TearDown() override { FaultyDevice::heal(); }
};

}  // namespace vkm::test
