#include <engine/plan/vulkan_ids.h>

#include "planned.h"

#include <algorithm>
#include <limits>
#include <ostream>

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum DeviceClass;
using enum LoadPath;

// The key decisions for every captured device. -----------------------------------------------------------

struct Decisions {
    const char* device;
    DeviceClass device_class;
    LoadPath load;
    uint32_t subgroup, pinned;
    bool fp16_arithmetic, direct_upload, timestamps;
    uint64_t window_mib, block_mib, alignment, work_gflop;
};

void PrintTo(const Decisions& decisions, std::ostream* out) {
    *out << decisions.device;
}

// clang-format off
constexpr Decisions decisions[] = {
    // device               class       load    sub pin  fp16a  direct stamps window block align work
    {"lavapipe-mesa22",     software,   texel,    8,  8, false,  true,  true,  128, 2048,  16,  50},
    {"lavapipe-mesa22-128", software,   texel,    4,  4, false,  true,  true,  128, 2048,  16,  50},
    {"lavapipe-mesa22-512", software,   texel,   16, 16, false,  true,  true,  128, 2048,  16,  50},
    {"lavapipe-mesa25",     software,   texel,    8,  8, false, false,  true,  128, 2048,  16,  50},
    {"lavapipe-mesa26",     software,   texel,    8,  8, false,  true,  true,  128, 2048,  16,  50},
    {"swiftshader",         software,   buffer,    4,  4, false,  true,  true, 1024, 1024, 256,  50},
    {"intel-skl",           integrated, buffer,   16, 16,  true, false,  true, 2048, 2048,  16,  20},
    {"intel-tgl",           integrated, buffer,   16, 16,  true, false,  true, 2048, 2048,  16,  20},
    {"intel-mtl",           integrated, buffer,   16, 16,  true, false,  true, 2048, 2048,  16,  20},
    {"intel-dg2",           wide_gpu,   buffer,   16, 16,  true, false,  true, 2048, 4096,  16, 200},
    {"intel-bmg-mesa26",    wide_gpu,   buffer,   16, 16,  true,  true,  true, 2048, 4096,  16, 200},
    {"apple-m1-mesa26",     wide_gpu,   buffer,   32,  0,  true,  true,  true, 2047, 12052,  16, 102},
    {"adreno-630",          mobile,     texel,   64, 64,  true, false,  true,  128, 4095,  64,   5},
    {"adreno-660",          mobile,     texel,   64, 64,  true, false,  true,  128, 4095,  64,   5},
    {"adreno-730",          mobile,     buffer,   64, 64,  true, false,  true,  128, 4095,  64,   5},
    {"adreno-750",          mobile,     buffer,   64, 64,  true, false,  true,  128, 4095,  64,   5},
    {"mali-a867",           mobile,     buffer,   16, 16, false, false, false, 2048, 2048,  64,   5},
    {"radv-polaris10",      wide_gpu,   buffer,   64,  0, false, false, false, 2048, 4095,  16, 200},
    {"radv-vega10",         wide_gpu,   buffer,   64,  0,  true, false, false, 2048, 4095,  16, 200},
    {"radv-renoir",         integrated, buffer,   64,  0,  true, false, false, 2048, 4095,  16,  20},
    {"radv-navi10",         wide_gpu,   buffer,   32, 32,  true, false, false, 2048, 4095,  16, 200},
    {"radv-navi21",         wide_gpu,   buffer,   32, 32,  true, false, false, 2048, 4095,  16, 200},
    {"radv-gfx1100",        wide_gpu,   buffer,   32, 32,  true, false, false, 2048, 4095,  16, 200},
    {"radv-navi31-mesa26",  wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048, 4095,  16, 200},
    {"radv-gfx1201-mesa26", wide_gpu,   buffer,   32, 32,  true, false,  true, 2048, 4095,  16, 200},
    {"amd-780m-win",            integrated, buffer,   32, 32,  true,  true,  true, 2048,  2048,  16,  20},
    {"amd-pro5500m-moltenvk",   wide_gpu,   buffer,   64,  0,  true, false,  true, 2048,  2048,  16, 200},
    {"amd-raphael-linux",       integrated, buffer,   32, 32,  true,  true,  true, 2048,  2048,  16,  20},
    {"amd-rembrandt-win",       integrated, buffer,   32, 32,  true,  true,  true, 2048,  2048,  16,  20},
    {"amd-rx7900xtx-win",       wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  2048,  16, 200},
    {"amd-w5700-win",           wide_gpu,   buffer,   32, 32,  true, false,  true, 2048,  2048,  16, 200},
    {"apple-m4max-moltenvk",    wide_gpu,   buffer,   32,  0,  true,  true,  true, 2048, 16384,  16, 200},
    {"arm-g925",                mobile,     buffer,   16, 16,  true,  true,  true, 2048,  8192,  64,   5},
    {"huawei-maleoon910",       mobile,     buffer,   64,  0,  true,  true,  true, 1024,  1024, 256,   5},
    {"img-bxm-8-256",           mobile,     buffer,  128,  0,  true,  true, false,  128,  1024,  16,   5},
    {"intel-b580-win",          wide_gpu,   buffer,   16, 16,  true,  true,  true, 1023,  4095,  64, 200},
    {"nvidia-a100-linux",       wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 200},
    {"nvidia-cmp40hx-win",      wide_gpu,   buffer,   32, 32,  true, false,  true, 2048,  4094,  16, 200},
    {"nvidia-gtx1080ti-win",    wide_gpu,   buffer,   32, 32, false, false,  true, 2048,  4094,  16, 200},
    {"nvidia-l4-linux",         wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 200},
    {"nvidia-orin-linux",       wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 102},
    {"nvidia-rtx2050-win",      wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  3965,  16, 200},
    {"nvidia-rtx3090-linux",    wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 200},
    {"nvidia-rtx4060-linux",    wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 200},
    {"nvidia-rtx4090-win",      wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 200},
    {"nvidia-rtx5090-win",      wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048,  4094,  16, 200},
    {"nvidia-t4-linux",         wide_gpu,   buffer,   32, 32,  true, false,  true, 2048,  4094,  16, 200},
    {"qualcomm-adreno650-v502", mobile,     buffer,   64,  0, false,  true,  true,  512,  1024,  64,   5},
    {"qualcomm-adreno740",      mobile,     buffer,   64, 64,  true,  true,  true,  128,  1024,  64,   5},
    {"samsung-xclipse940",      mobile,     buffer,   32, 32,  true,  true,  true, 2048,  2048,  16,   5},
    {"v3d-7.1-mesa25",          mobile,     buffer,   16, 16, false,  true,  true, 1024,  1024,  64,   5},
    {"baseline",            integrated, buffer,    1,  0, false, false, false,  128, 1024, 256,  20},
};
// clang-format on

class DecisionsTest : public ::testing::TestWithParam<Decisions> {};

TEST_P(DecisionsTest, AreThoseOfTheTable) {
    const Decisions& expected = GetParam();
    const DeviceSnapshot device = captured_device(expected.device);
    const DevicePlan actual = plan(device);
    EXPECT_EQ(actual.device_name, device.name);
    EXPECT_EQ(actual.device_class, expected.device_class);
    EXPECT_EQ(actual.load_path, expected.load);
    EXPECT_EQ(actual.subgroup_size, expected.subgroup);
    EXPECT_EQ(actual.required_subgroup_size, expected.pinned);
    EXPECT_TRUE(actual.fp16_storage);
    EXPECT_EQ(actual.fp16_arithmetic, expected.fp16_arithmetic);
    EXPECT_EQ(actual.direct_upload, expected.direct_upload);
    EXPECT_EQ(actual.timestamps, expected.timestamps);
    EXPECT_EQ(actual.compiles_at_dispatch, std::string_view(expected.device).starts_with("lavapipe"));
    EXPECT_EQ(actual.timeline_semaphore, device.features.timeline_semaphore);
    EXPECT_EQ(actual.window_bytes / MiB, expected.window_mib);
    EXPECT_EQ(actual.block_bytes / MiB, expected.block_mib);
    EXPECT_EQ(actual.binding_alignment, expected.alignment);
    EXPECT_EQ(actual.work_per_submit / 1'000'000'000, expected.work_gflop);
}

TEST_P(DecisionsTest, StayWithinWhatTheDeviceReports) {
    const DeviceSnapshot device = captured_device(GetParam().device);
    const DeviceSnapshot::Limits& limits = device.limits;
    for (const std::optional<LoadPath> load :
         {std::optional<LoadPath>{}, std::optional(buffer), std::optional(texel)}) {
        const DevicePlan actual = plan(device, {.load_path = load});
        EXPECT_LE(actual.window_bytes, limits.max_storage_buffer_range);
        EXPECT_LE(actual.window_bytes, actual.block_bytes);
        if (actual.load_path == texel) {
            EXPECT_LE(actual.window_bytes / 8, limits.max_texel_buffer_elements) << "fp16 texels are 8 bytes";
            EXPECT_GE(limits.max_storage_images_per_stage, 4u);
        }
        if (limits.max_allocation_bytes != 0) {
            EXPECT_LE(actual.block_bytes, limits.max_allocation_bytes);
        }
        EXPECT_EQ(actual.window_bytes % actual.binding_alignment, 0u);
        EXPECT_EQ(actual.binding_alignment % limits.min_storage_buffer_offset_alignment, 0u);
        EXPECT_EQ(actual.binding_alignment % limits.min_texel_buffer_offset_alignment, 0u);
        EXPECT_LE(actual.max_workgroup_invocations, limits.max_workgroup_invocations);
        EXPECT_LE(actual.max_workgroup_invocations, limits.max_workgroup_size[0]);
        EXPECT_TRUE(device.queue_families.at(actual.queue_family).compute);
        for (const std::string& extension : actual.extensions)
            EXPECT_THAT(device.extensions, Contains(extension));
        for (const std::string& line : actual.fallbacks)
            EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    }
}

INSTANTIATE_TEST_SUITE_P(Devices, DecisionsTest, ::testing::ValuesIn(decisions),
                         [](const auto& row) { return test_name(row.param.device); });

TEST(DevicePlanTest, EveryCapturedDeviceIsInTheTableOrUnsupported) {
    const std::vector<std::string> unsupported = {"mali-6221", "mali-7212"};  // Vulkan 1.0
    for (const std::string& device : captured_devices()) {
        if (std::ranges::find(unsupported, device) != unsupported.end()) {
            EXPECT_THROW(plan(captured_device(device)), UnsupportedDevice) << device;
        } else {
            EXPECT_TRUE(std::ranges::any_of(decisions, [&](const Decisions& row) {
                return row.device == device;
            })) << device;
        }
    }
}

TEST(DevicePlanTest, IsAFunctionOfItsArguments) {
    for (const Decisions& row : decisions) {
        const DeviceSnapshot device = captured_device(row.device), copy = device;
        const DevicePlan first = plan(device);
        plan(captured_device("lavapipe-mesa22"), {.window_bytes = MiB});
        EXPECT_EQ(plan(device), first) << row.device;
        EXPECT_EQ(device, copy) << row.device;
    }
}

TEST(DevicePlanTest, PrefersAQueueThatOnlyComputesUnlessItLacksTimestamps) {
    DeviceSnapshot device = captured_device("lavapipe-mesa22");
    device.queue_families = {{.transfer = true, .count = 1, .timestamp_bits = 64},
                             {.compute = true, .graphics = true, .count = 1, .timestamp_bits = 64},
                             {.compute = true, .count = 0, .timestamp_bits = 64},
                             {.compute = true, .count = 2, .timestamp_bits = 64}};
    EXPECT_EQ(plan(device).queue_family, 3u);
    device.queue_families[3].timestamp_bits = 0;
    EXPECT_EQ(plan(device).queue_family, 1u);
}

TEST(DevicePlanTest, TimestampsNeedARunningClock) {
    DeviceSnapshot device = captured_device("lavapipe-mesa22");
    for (const float period : {0.0f, 1e6f, std::numeric_limits<float>::infinity()}) {
        device.limits.timestamp_period_ns = period;
        EXPECT_FALSE(plan(device).timestamps) << period;
    }
}

TEST(DevicePlanTest, FeaturesWithoutTheirExtensionCountFromTheVersionThatHasThem) {
    DeviceSnapshot device = captured_device("swiftshader");
    device.extensions.clear();
    device.api_version = make_version(1, 1);
    EXPECT_FALSE(plan(device).timeline_semaphore);
    EXPECT_THAT(plan(device).fallbacks, Contains(HasSubstr("fences")));
    device.api_version = make_version(1, 2);
    EXPECT_TRUE(plan(device).timeline_semaphore);
    EXPECT_THAT(plan(device).extensions, IsEmpty());
}

TEST(DevicePlanTest, EnablesThePortabilitySubsetWhereItIsListed) {
    DeviceSnapshot device = captured_device("baseline");
    device.extensions = {"VK_KHR_portability_subset", "VK_KHR_swapchain"};
    EXPECT_EQ(plan(device).extensions, std::vector<std::string>{"VK_KHR_portability_subset"});
}

TEST(DevicePlanTest, ProcessorsAreThoseReportedOrNamed) {
    for (const auto& [device, processors, lanes] : {std::tuple("nvidia-rtx5090-win", 170u, 128u),
                                                    {"nvidia-t4-linux", 40u, 64u},
                                                    {"amd-rx7900xtx-win", 96u, 64u},
                                                    {"arm-g925", 12u, 128u},
                                                    {"apple-m4max-moltenvk", 40u, 128u},
                                                    {"intel-b580-win", 20u, 128u}}) {
        EXPECT_EQ(plan(captured_device(device)).processors, processors) << device;
        EXPECT_EQ(plan(captured_device(device)).processor_lanes, lanes) << device;
        EXPECT_TRUE(plan(captured_device(device)).processors_known) << device;
    }
    EXPECT_FALSE(plan(captured_device("radv-navi21")).processors_known);
    EXPECT_GT(plan(captured_device("radv-navi21")).processors, 0u);
    EXPECT_EQ(plan(captured_device("swiftshader")).processors, 0u);
}

TEST(DevicePlanTest, ADeviceIsWideByItsProcessorsAndNotByItsType) {
    DeviceSnapshot device = captured_device("amd-780m-win");
    EXPECT_EQ(plan(device).device_class, integrated);
    device.processors.count = 40;  // Strix Halo
    EXPECT_EQ(plan(device).device_class, wide_gpu);
    EXPECT_EQ(plan(captured_device("nvidia-orin-linux")).device_class, wide_gpu);
    device = captured_device("nvidia-t4-linux");
    device.processors.count = 6;  // T400
    EXPECT_EQ(plan(device).device_class, integrated);
    EXPECT_EQ(plan(captured_device("huawei-maleoon910")).device_class, mobile);
}

TEST(DevicePlanTest, OfUnknownProcessorsTypeAndVendorDecide) {
    DeviceSnapshot device = captured_device("baseline");
    const auto class_of = [&](DeviceType type, uint32_t vendor_id) {
        device.type = type;
        device.vendor_id = vendor_id;
        return plan(device).device_class;
    };
    EXPECT_EQ(class_of(DeviceType::discrete, vendor::nvidia), wide_gpu);
    EXPECT_EQ(class_of(DeviceType::integrated, vendor::amd), integrated);
    EXPECT_EQ(class_of(DeviceType::integrated, vendor::samsung), mobile);
    EXPECT_EQ(class_of(DeviceType::integrated, vendor::imagination), mobile);
    EXPECT_EQ(class_of(DeviceType::virtual_gpu, 0), integrated);
    EXPECT_EQ(class_of(DeviceType::cpu, vendor::arm), software);
}

TEST(DevicePlanTest, LavapipeFallsBackInNothing) {
    EXPECT_THAT(plan(captured_device("lavapipe-mesa22")).fallbacks, IsEmpty());
}

}  // namespace
}  // namespace vkm::engine
