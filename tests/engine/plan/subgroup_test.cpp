#include <engine/plan/vulkan_ids.h>

#include "planned.h"

namespace vkm::engine {
namespace {

TEST(SubgroupPlanTest, SubgroupsThatOnlyGraphicsHasAreNone) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.subgroup.stages = ~stage_compute;
    const DevicePlan actual = plan(device);
    EXPECT_EQ(actual.subgroup_size, 1u);
    EXPECT_EQ(actual.required_subgroup_size, 0u);
    EXPECT_FALSE(actual.subgroup_shuffle || actual.subgroup_arithmetic);
}

TEST(SubgroupPlanTest, ASizeOutsideTheRangeIsNotPinned) {
    DeviceSnapshot device = captured_device("intel-skl");
    device.subgroup.min_size = device.subgroup.size = 32;
    device.subgroup.max_size = 64;
    EXPECT_EQ(plan(device).subgroup_size, 32u);
    EXPECT_EQ(plan(device).required_subgroup_size, 32u) << "the driver's own choice, made certain";
    device.subgroup.size_control = false;
    EXPECT_EQ(plan(device).required_subgroup_size, 0u);
}

}  // namespace
}  // namespace vkm::engine
