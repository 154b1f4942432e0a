#include "planned.h"

#include <array>
#include <ostream>

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using enum UploadPath;

// Where the inputs of a step are copied for captured devices. ---------------------------------------------

struct Copies {
    const char* device;
    std::optional<UploadPath> asked;
    UploadPath path;
    std::optional<QueueIndex> queue;
    uint32_t computing;
    const char* reason;
};

void PrintTo(const Copies& copies, std::ostream* out) {
    *out << copies.device;
}

constexpr const char* host_sees = "the host sees the device's memory";

// clang-format off
const Copies rows[] = {
    // device                  asked         path          queue                 computing  reason
    {"nvidia-t4-linux",        {},           beside_steps, QueueIndex{1, 0}, 2, "family 1 only transfers"},
    {"nvidia-gtx1080ti-win",   {},           beside_steps, QueueIndex{1, 0}, 2, "family 1 only transfers"},
    {"nvidia-cmp40hx-win",     {},           beside_steps, QueueIndex{1, 0}, 2, "family 1 only transfers"},
    {"amd-w5700-win",          {},           beside_steps, QueueIndex{2, 0}, 1, "family 2 only transfers"},
    {"radv-gfx1201-mesa26",    {},           beside_steps, QueueIndex{1, 1}, 1, "family 1, which computes, has a second queue"},
    {"radv-navi21",            {},           in_step,      {},               0, "family 0, which computes, has one queue"},
    {"amd-pro5500m-moltenvk",  {},           in_step,      {},               0, "family 0, which computes, has one queue"},
    {"intel-dg2",              {},           in_step,      {},               0, "family 0, which computes, has one queue"},
    {"adreno-730",             {},           in_step,      {},               0, "family 0, which computes, has one queue"},
    {"baseline",               {},           in_step,      {},               0, "without timeline semaphores"},
    {"nvidia-rtx3090-linux",   {},           in_place,     {},               2, host_sees},
    {"amd-rx7900xtx-win",      {},           in_place,     {},               1, host_sees},
    {"radv-navi31-mesa26",     {},           in_place,     {},               1, host_sees},
    {"lavapipe-mesa22",        {},           in_place,     {},               0, host_sees},

    {"nvidia-rtx3090-linux",   beside_steps, beside_steps, QueueIndex{1, 0}, 2, "asked for; family 1 only transfers"},
    {"nvidia-l4-linux",        beside_steps, beside_steps, QueueIndex{1, 0}, 2, "asked for; family 1 only transfers"},
    {"amd-rx7900xtx-win",      beside_steps, beside_steps, QueueIndex{2, 0}, 1, "asked for; family 2 only transfers"},
    {"intel-b580-win",         beside_steps, beside_steps, QueueIndex{2, 0}, 1, "asked for; family 2 only transfers"},
    {"radv-navi31-mesa26",     beside_steps, beside_steps, QueueIndex{1, 1}, 1, "asked for; family 1, which computes, has a second queue"},
    {"samsung-xclipse940",     beside_steps, beside_steps, QueueIndex{1, 1}, 1, "asked for; family 1, which computes, has a second queue"},
    {"qualcomm-adreno740",     beside_steps, beside_steps, QueueIndex{1, 0}, 1, "asked for; no family only transfers"},
    {"lavapipe-mesa22",        beside_steps, beside_steps, QueueIndex{0, 0}, 0, "asked for; no family only transfers"},
    {"swiftshader",            beside_steps, beside_steps, QueueIndex{0, 0}, 0, "asked for; no family only transfers"},
    {"lavapipe-mesa22",        in_step,      in_step,      {},               0, "asked for"},
    {"nvidia-t4-linux",        in_step,      in_step,      {},               2, "asked for"},
    {"nvidia-rtx3090-linux",   in_place,     in_place,     {},               2, host_sees},
};
// clang-format on

class CopiesTest : public ::testing::TestWithParam<Copies> {};

TEST_P(CopiesTest, GoWhereTheTableSays) {
    const Copies& expected = GetParam();
    const DevicePlan actual = plan(captured_device(expected.device), {.uploads = expected.asked});
    EXPECT_EQ(actual.uploads(), expected.path);
    EXPECT_EQ(actual.upload_queue, expected.queue);
    EXPECT_EQ(actual.queue_family, expected.computing);
    EXPECT_THAT(actual.upload_reason, HasSubstr(expected.reason));
}

std::string name_of(const ::testing::TestParamInfo<Copies>& row) {
    constexpr std::array names{"InPlace", "InStep", "BesideSteps"};
    const auto& asked = row.param.asked;
    return test_name(row.param.device) + (asked ? names[static_cast<size_t>(*asked)] : "");
}

INSTANTIATE_TEST_SUITE_P(Devices, CopiesTest, ::testing::ValuesIn(rows), name_of);

TEST(UploadsTest, TheQueueBesideTheStepsExistsAndIsNotTheirsUnlessAskedFor) {
    for (const std::string& name : captured_devices()) {
        const DeviceSnapshot device = captured_device(name);
        if (device.api_version < (1u << 22 | 1u << 12)) continue;  // Vulkan 1.0 is not supported
        for (const std::optional<UploadPath> asked :
             {std::optional<UploadPath>{}, std::optional(beside_steps)}) {
            if (asked && !device.features.timeline_semaphore) continue;
            const DevicePlan actual = plan(device, {.uploads = asked});
            EXPECT_FALSE(actual.upload_reason.empty()) << name;
            EXPECT_FALSE(actual.direct_upload && actual.upload_queue) << name;
            if (!actual.upload_queue) continue;
            const DeviceSnapshot::QueueFamily& family = device.queue_families.at(actual.upload_queue->family);
            EXPECT_TRUE(family.transfer) << name;
            EXPECT_LT(actual.upload_queue->index, family.count) << name;
            EXPECT_TRUE(asked || *actual.upload_queue != (QueueIndex{actual.queue_family, 0})) << name;
        }
    }
}

TEST(UploadsTest, UnitsForVideoAndOpticalFlowAreNoCopyEngines) {
    const DeviceSnapshot device = captured_device("nvidia-l4-linux");
    EXPECT_GT(device.queue_families[3].count, device.queue_families[1].count) << "video, with more queues";
    EXPECT_EQ(plan(device, {.uploads = beside_steps}).upload_queue, (QueueIndex{1, 0}));
}

TEST(UploadsTest, AFamilyWithoutAQueueIsNotChosen) {
    DeviceSnapshot device = captured_device("amd-w5700-win");
    device.queue_families[2].count = 0;
    EXPECT_EQ(plan(device).upload_queue, (QueueIndex{1, 1}));
    device.queue_families[1].count = 1;
    EXPECT_EQ(plan(device).upload_queue, std::nullopt);
    EXPECT_EQ(plan(device).uploads(), in_step);
}

TEST(UploadsTest, AQuirkTurnsOffTheQueueBesideTheSteps) {
    const Quirk quirk{.disable = Disable::upload_queue, .why = "why", .source = "source"};
    const DevicePlan actual = plan_device(captured_device("nvidia-t4-linux"), std::span(&quirk, 1));
    EXPECT_EQ(actual.uploads(), in_step);
    EXPECT_EQ(actual.upload_reason, "a quirk turns off the queue beside the steps");
    EXPECT_THAT(actual.fallbacks, Contains("uploads beside the steps are off: why (source)"));
}

TEST(UploadsTest, WhatTheDeviceLacksIsAnErrorWhereItIsAskedFor) {
    expect_unsupported(captured_device("baseline"), {"timeline semaphores", "upload in the step"},
                       {.uploads = beside_steps});
    expect_unsupported(captured_device("nvidia-t4-linux"), {"host does not see", "upload by copies"},
                       {.uploads = in_place});
}

TEST(UploadsTest, AreWrittenInPlaceToResizedBarOnly) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.memory_types = {{.heap = 0, .device_local = true},
                           {.heap = 1, .device_local = true, .host_visible = true, .host_coherent = true}};
    device.memory_heaps = {16ull << 30, 256 * MiB};
    EXPECT_FALSE(plan(device).direct_upload);
    EXPECT_THAT(plan(device).fallbacks, Contains(HasSubstr("staged")));
    device.memory_types[1].heap = 0;
    EXPECT_TRUE(plan(device).direct_upload);
    device.memory_types[1].heap = 1;
    device.type = DeviceType::integrated;
    EXPECT_TRUE(plan(device).direct_upload) << "all memory is the host's there";
}

TEST(UploadsTest, AreWrittenInPlaceOnlyWhereMemoryIsMapped) {
    EXPECT_FALSE(plan(captured_device("amd-pro5500m-moltenvk")).direct_upload) << "not coherent";
}

}  // namespace
}  // namespace vkm::engine
