#include <engine/plan/vulkan_ids.h>

#include "planned.h"

#include <functional>

namespace vkm::engine {
namespace {

using ::testing::IsEmpty;

TEST(BaselineTest, OneBelowAnyLimitIsUnsupportedAndNamed) {
    struct Case {
        std::string limit, value, required;
        std::function<void(DeviceSnapshot&)> lower;
    };
    const Case cases[] = {
        {"apiVersion", "1.0", "1.1", [](auto& d) { d.api_version = make_version(1, 0, 4095); }},
        {"maxComputeWorkGroupInvocations", "127", "128",
         [](auto& d) { d.limits.max_workgroup_invocations = 127; }},
        {"maxComputeWorkGroupSize[0]", "127", "128", [](auto& d) { d.limits.max_workgroup_size[0] = 127; }},
        {"maxComputeWorkGroupCount[0]", "65534", "65535",
         [](auto& d) { d.limits.max_workgroup_count[0] = 65534; }},
        {"maxComputeWorkGroupCount[1]", "65534", "65535",
         [](auto& d) { d.limits.max_workgroup_count[1] = 65534; }},
        {"maxComputeWorkGroupCount[2]", "65534", "65535",
         [](auto& d) { d.limits.max_workgroup_count[2] = 65534; }},
        {"maxComputeSharedMemorySize", "16383", "16384",
         [](auto& d) { d.limits.max_shared_memory_bytes = 16383; }},
        {"maxPushConstantsSize", "127", "128", [](auto& d) { d.limits.max_push_constants_bytes = 127; }},
        {"maxPerStageDescriptorStorageBuffers", "7", "8",
         [](auto& d) { d.limits.max_storage_buffers_per_stage = 7; }},
        {"maxStorageBufferRange", "134217727", "134217728",
         [](auto& d) { d.limits.max_storage_buffer_range = 134217727; }},
        {"minStorageBufferOffsetAlignment", "512", "at most 256",
         [](auto& d) { d.limits.min_storage_buffer_offset_alignment = 512; }},
        {"minTexelBufferOffsetAlignment", "18446744073709551615", "at most 256",
         [](auto& d) { d.limits.min_texel_buffer_offset_alignment = ~uint64_t{0}; }},
        {"queue families", "0", "1", [](auto& d) { d.queue_families[0].compute = false; }},
        {"queue families", "0", "1", [](auto& d) { d.queue_families.clear(); }},
    };
    for (const Case& low : cases) {
        DeviceSnapshot device = captured_device("baseline");
        low.lower(device);
        expect_unsupported(device, {low.limit, low.value, low.required, "--device"});
    }
}

TEST(BaselineTest, ExactlyTheBaselineIsSupported) {
    EXPECT_NO_THROW(plan(captured_device("baseline")));
}

TEST(BaselineTest, NothingOptionalIsAssumed) {
    DeviceSnapshot device = captured_device("baseline");
    device.subgroup = {};
    device.limits.max_allocation_bytes = 0;
    device.limits.max_storage_images_per_stage = 0;
    device.limits.max_texel_buffer_elements = 0;
    const DevicePlan actual = plan(device);
    EXPECT_EQ(actual.subgroup_size, 1u);
    EXPECT_FALSE(actual.subgroup_shuffle || actual.subgroup_arithmetic || actual.fp16_arithmetic);
    EXPECT_FALSE(actual.timeline_semaphore || actual.direct_upload || actual.timestamps);
    EXPECT_TRUE(actual.fp16_storage) << "packHalf2x16 needs no extension";
    EXPECT_EQ(actual.block_bytes, 1024 * MiB) << "what Vulkan 1.1 guarantees";
    EXPECT_THAT(actual.extensions, IsEmpty());
}

}  // namespace
}  // namespace vkm::engine
