#include "planned.h"

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum DeviceClass;
using enum LoadPath;

TEST(MemoryPlanTest, TexelLoadsNeedRoomForTheBaselinesRange) {
    DeviceSnapshot device = captured_device("lavapipe-mesa22");
    device.limits.max_texel_buffer_elements = 128 * MiB / 8;
    EXPECT_EQ(plan(device).load_path, texel);
    EXPECT_THAT(plan(device).fallbacks, IsEmpty());
    --device.limits.max_texel_buffer_elements;
    EXPECT_EQ(plan(device).load_path, buffer);
    EXPECT_THAT(plan(device).fallbacks, Contains(HasSubstr("storage buffers")));
    EXPECT_EQ(plan(device, {.window_bytes = MiB}).load_path, texel) << "a smaller window fits";
    device.limits.max_texel_buffer_elements = ~uint64_t{0};
    device.limits.max_storage_images_per_stage = 3;
    EXPECT_EQ(plan(device).load_path, buffer);
}

TEST(MemoryPlanTest, AdrenosWithCachedStorageBuffersUseThem) {
    DeviceSnapshot device = captured_device("adreno-630");
    for (const char* name : {"Adreno (TM) 640", "Turnip Adreno (TM) 650"}) {
        device.name = name;
        EXPECT_EQ(plan(device).load_path, buffer) << name;
    }
    device.name = "Adreno (TM) 540";
    EXPECT_EQ(plan(device).load_path, texel);
}

TEST(MemoryPlanTest, BlocksFitTheLargestDeviceHeapAndBuffer) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.memory_types = {{.heap = 0, .host_visible = true},
                           {.heap = 1, .device_local = true},
                           {.heap = 2, .device_local = true}};
    device.memory_heaps = {64ull << 30, 256 * MiB, 512 * MiB};
    EXPECT_EQ(plan(device).block_bytes, 512 * MiB);
    device.limits.max_buffer_bytes = 300 * MiB;
    EXPECT_EQ(plan(device).block_bytes, 300 * MiB);
    device.limits.max_allocation_bytes = 200 * MiB;
    EXPECT_EQ(plan(device).block_bytes, 200 * MiB);
}

TEST(MemoryPlanTest, AHeapThatDoesNotExistIsIgnored) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.memory_types = {{.heap = 9, .device_local = true, .host_visible = true}};
    EXPECT_EQ(plan(device).block_bytes, 2048 * MiB);
    EXPECT_FALSE(plan(device).direct_upload);
}

TEST(MemoryPlanTest, UploadsDirectlyToResizedBarOnly) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.memory_types = {{.heap = 0, .device_local = true},
                           {.heap = 1, .device_local = true, .host_visible = true}};
    device.memory_heaps = {16ull << 30, 256 * MiB};
    EXPECT_FALSE(plan(device).direct_upload);
    EXPECT_THAT(plan(device).fallbacks, Contains(HasSubstr("staged")));
    device.memory_types[1].heap = 0;
    EXPECT_TRUE(plan(device).direct_upload);
    device.memory_types[1] = {.heap = 1, .device_local = true, .host_visible = true};
    device.type = DeviceType::integrated;
    EXPECT_TRUE(plan(device).direct_upload) << "all memory is the host's there";
}

}  // namespace
}  // namespace vkm::engine
