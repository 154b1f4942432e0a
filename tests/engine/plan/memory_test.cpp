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
    for (const uint32_t id : {0x06040001u, 0x06050002u}) {
        device.device_id = id;
        EXPECT_EQ(plan(device).load_path, buffer) << id;
    }
    device.name = "Qualcomm(R) Adreno(TM) 690 GPU";
    device.device_id = 0x06090000;
    EXPECT_EQ(plan(device).load_path, texel);
    device.device_id = 0x05040001;
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

TEST(MemoryPlanTest, BlocksAreLargerThanBindingsWhereTheDriverAllowsIt) {
    DeviceSnapshot device = captured_device("nvidia-a100-linux");
    EXPECT_EQ(plan(device).block_bytes, 4094 * MiB);
    EXPECT_EQ(plan(device).window_bytes, 2048 * MiB);
    device.limits.max_allocation_bytes = 64ull << 30;
    EXPECT_EQ(plan(device).block_bytes, 16ull << 30);
    device.limits.max_buffer_bytes = 0;  // not told
    EXPECT_EQ(plan(device).block_bytes, 2048 * MiB);
}

TEST(MemoryPlanTest, AnApusMemoryIsTheHostsAndNotItsCarveOut) {
    for (const char* apu : {"amd-780m-win", "amd-rembrandt-win"}) {
        const DeviceSnapshot device = captured_device(apu);
        EXPECT_GT(device.device_memory_bytes(), 7000 * MiB) << apu;
        EXPECT_EQ(plan(device).block_bytes, 2048 * MiB) << apu;
        EXPECT_TRUE(plan(device).unified_memory) << apu;
    }
    EXPECT_EQ(captured_device("nvidia-rtx2050-win").device_memory_bytes(), 3965 * MiB);
}

TEST(MemoryPlanTest, MemoryThatMayNotBeAllocatedIsNone) {
    DeviceSnapshot device = captured_device("huawei-maleoon910");
    const uint64_t usable = device.device_memory_bytes();
    device.memory_heaps.push_back(1ull << 40);  // of protected memory
    device.memory_types.push_back({.heap = static_cast<uint32_t>(device.memory_heaps.size() - 1)});
    EXPECT_EQ(device.device_memory_bytes(), usable);
}

TEST(MemoryPlanTest, AHeapThatDoesNotExistIsIgnored) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.memory_types = {{.heap = 9, .device_local = true, .host_visible = true}};
    EXPECT_EQ(plan(device).block_bytes, device.limits.max_allocation_bytes / 16 * 16);
    EXPECT_FALSE(plan(device).direct_upload);
}

}  // namespace
}  // namespace vkm::engine
