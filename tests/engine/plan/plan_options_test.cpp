#include "planned.h"

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::Not;
using enum LoadPath;

TEST(PlanOptionsTest, TheLoadPathIsForced) {
    const DeviceSnapshot device = captured_device("lavapipe-mesa22");
    EXPECT_EQ(plan(device, {.load_path = buffer}).load_path, buffer);
    EXPECT_EQ(plan(captured_device("radv-navi21"), {.load_path = texel}).load_path, texel);
}

TEST(PlanOptionsTest, ForcedTexelLoadsShrinkTheWindow) {
    const DevicePlan actual = plan(captured_device("swiftshader"), {.load_path = texel});
    EXPECT_EQ(actual.load_path, texel);
    EXPECT_EQ(actual.window_bytes, 65536u * 8);
}

TEST(PlanOptionsTest, SizesAreLoweredNeverRaised) {
    const DeviceSnapshot device = captured_device("swiftshader");
    EXPECT_EQ(plan(device, {.window_bytes = MiB}).window_bytes, MiB);
    EXPECT_EQ(plan(device, {.window_bytes = MiB + 100}).window_bytes, MiB) << "down to the alignment";
    EXPECT_EQ(plan(device, {.window_bytes = ~uint64_t{0}}), plan(device));
    EXPECT_EQ(plan(device, {.block_bytes = 3 * MiB}).block_bytes, 3 * MiB);
    EXPECT_EQ(plan(device, {.block_bytes = 3 * MiB}).window_bytes, 3 * MiB) << "a binding lies in one block";
    EXPECT_EQ(plan(device, {.block_bytes = ~uint64_t{0}}), plan(device));
    expect_unsupported(device, {"window_bytes is 255", "at least 256"}, {.window_bytes = 255});
    expect_unsupported(device, {"block_bytes is 0", "at least 256"}, {.block_bytes = 0});
}

TEST(PlanOptionsTest, WhatTheDeviceLacksIsAnErrorNotAFallback) {
    DeviceSnapshot device = captured_device("baseline");
    device.limits.max_storage_images_per_stage = 3;
    expect_unsupported(device, {"maxPerStageDescriptorStorageImages is 3", "at least 4"},
                       {.load_path = texel});
}

TEST(PlanOptionsTest, StatisticsAreKeptOnRequest) {
    const DeviceSnapshot device = captured_device("radv-navi21");
    EXPECT_FALSE(plan(device).pipeline_statistics);
    EXPECT_THAT(plan(device).extensions, Not(Contains("VK_KHR_pipeline_executable_properties")));
    EXPECT_TRUE(plan(device, {.profile = true}).pipeline_statistics);
    EXPECT_THAT(plan(device, {.profile = true}).extensions,
                Contains("VK_KHR_pipeline_executable_properties"));
    EXPECT_FALSE(plan(captured_device("swiftshader"), {.profile = true}).pipeline_statistics);
}

}  // namespace
}  // namespace vkm::engine
