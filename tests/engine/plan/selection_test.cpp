#include <engine/plan/selection.h>
#include <engine/vulkan/vulkan.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::engine {
namespace {

using testing::ElementsAre;

DeviceSnapshot gpu(uint8_t uuid, VkDriverId driver, DeviceType type = DeviceType::discrete) {
    DeviceSnapshot s;
    s.vendor_id = 0x1002;
    s.device_id = 0x73bf;
    s.device_uuid[3] = uuid;
    s.driver_id = driver;
    s.type = type;
    return s;
}

TEST(SelectionTest, FirstOfTwoNativeDriversIsKept) {
    const std::vector<DeviceSnapshot> all{gpu(1, VK_DRIVER_ID_MESA_RADV),
                                          gpu(1, VK_DRIVER_ID_AMD_OPEN_SOURCE)};
    EXPECT_THAT(distinct_devices(all), ElementsAre(0));
}

TEST(SelectionTest, NativeDriverReplacesALayeredOne) {
    const std::vector<DeviceSnapshot> all{gpu(1, VK_DRIVER_ID_MESA_DOZEN), gpu(2, VK_DRIVER_ID_MESA_RADV),
                                          gpu(1, VK_DRIVER_ID_AMD_PROPRIETARY)};
    EXPECT_THAT(distinct_devices(all), ElementsAre(2, 1));
}

TEST(SelectionTest, TwoGpusOfOneDriverStayTwoEvenWithOneUuid) {
    const std::vector<DeviceSnapshot> all{gpu(1, VK_DRIVER_ID_MOLTENVK), gpu(1, VK_DRIVER_ID_MOLTENVK)};
    EXPECT_THAT(distinct_devices(all), ElementsAre(0, 1));
}

TEST(SelectionTest, OneUuidOnDifferentHardwareIsNoDuplicate) {
    std::vector<DeviceSnapshot> all{gpu(1, VK_DRIVER_ID_MESA_RADV), gpu(1, VK_DRIVER_ID_MOLTENVK)};
    all[1].device_id = 1;
    EXPECT_THAT(distinct_devices(all), ElementsAre(0, 1));
}

TEST(SelectionTest, DevicesWithoutUuidAreNeverDuplicates) {
    const std::vector<DeviceSnapshot> all{gpu(0, VK_DRIVER_ID_MESA_RADV),
                                          gpu(0, VK_DRIVER_ID_AMD_OPEN_SOURCE)};
    EXPECT_THAT(distinct_devices(all), ElementsAre(0, 1));
}

TEST(SelectionTest, FasterKindsComeFirstAndEqualOnesKeepTheirOrder) {
    const std::vector<DeviceSnapshot> all{gpu(1, VK_DRIVER_ID_MESA_LLVMPIPE, DeviceType::cpu),
                                          gpu(2, VK_DRIVER_ID_MESA_RADV, DeviceType::integrated),
                                          gpu(3, VK_DRIVER_ID_MESA_VENUS, DeviceType::virtual_gpu),
                                          gpu(4, VK_DRIVER_ID_MESA_RADV, DeviceType::discrete),
                                          gpu(5, VK_DRIVER_ID_MESA_RADV, DeviceType::discrete),
                                          gpu(6, VK_DRIVER_ID_MESA_RADV, DeviceType::other)};
    EXPECT_THAT(by_kind(all), ElementsAre(3, 4, 1, 2, 0, 5));
}

}  // namespace
}  // namespace vkm::engine
