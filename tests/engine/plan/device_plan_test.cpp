#include <engine/error.h>
#include <engine/plan/device_plan.h>
#include <engine/plan/vulkan_ids.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/devices.h>

#include <functional>
#include <limits>
#include <ostream>

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using enum DeviceClass;
using enum LoadPath;

constexpr uint64_t MiB = 1u << 20;

DevicePlan plan(const DeviceSnapshot& device, const PlanOptions& options = {}) {
    return plan_device(device, known_quirks(), options);
}

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
    {"intel-dg2",           wide_gpu,   buffer,   16, 16,  true, false,  true, 2048, 2048,  16, 200},
    {"intel-bmg-mesa26",    wide_gpu,   buffer,   16, 16,  true,  true,  true, 2048, 2048,  16, 200},
    {"apple-m1-mesa26",     integrated, buffer,   32,  0,  true,  true,  true, 2047, 2048,  16,  20},
    {"adreno-630",          mobile,     texel,   64, 64,  true, false,  true,  128, 2048,  64,   5},
    {"adreno-660",          mobile,     texel,   64, 64,  true, false,  true,  128, 2048,  64,   5},
    {"adreno-730",          mobile,     buffer,   64, 64,  true, false,  true,  128, 2048,  64,   5},
    {"adreno-750",          mobile,     buffer,   64, 64,  true, false,  true,  128, 2048,  64,   5},
    {"mali-a867",           mobile,     buffer,   16, 16, false, false, false, 2048, 2048,  64,   5},
    {"radv-polaris10",      wide_gpu,   buffer,   64,  0, false, false, false, 2048, 2048,  16, 200},
    {"radv-vega10",         wide_gpu,   buffer,   64,  0,  true, false, false, 2048, 2048,  16, 200},
    {"radv-renoir",         integrated, buffer,   64,  0,  true, false, false, 2048, 2048,  16,  20},
    {"radv-navi10",         wide_gpu,   buffer,   32, 32,  true, false, false, 2048, 2048,  16, 200},
    {"radv-navi21",         wide_gpu,   buffer,   32, 32,  true, false, false, 2048, 2048,  16, 200},
    {"radv-gfx1100",        wide_gpu,   buffer,   32, 32,  true, false, false, 2048, 2048,  16, 200},
    {"radv-navi31-mesa26",  wide_gpu,   buffer,   32, 32,  true,  true,  true, 2048, 2048,  16, 200},
    {"radv-gfx1201-mesa26", wide_gpu,   buffer,   32, 32,  true, false,  true, 2048, 2048,  16, 200},
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
    EXPECT_EQ(actual.timeline_semaphore, device.features.timeline_semaphore);
    EXPECT_EQ(actual.window_bytes / MiB, expected.window_mib);
    EXPECT_EQ(actual.block_bytes / MiB, expected.block_mib);
    EXPECT_EQ(actual.binding_alignment, expected.alignment);
    EXPECT_EQ(actual.work_per_submit, expected.work_gflop * 1'000'000'000);
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
        EXPECT_LE(actual.block_bytes, limits.max_allocation_bytes);
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

// The baseline. ------------------------------------------------------------------------------------------

void expect_unsupported(const DeviceSnapshot& device, const std::vector<std::string>& words,
                        const PlanOptions& options = {}) {
    try {
        plan(device, options);
        ADD_FAILURE() << "accepted; expected: " << ::testing::PrintToString(words);
    } catch (const UnsupportedDevice& error) {
        EXPECT_THAT(error.what(), HasSubstr(device.name));
        for (const std::string& word : words)
            EXPECT_THAT(error.what(), HasSubstr(word));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
}

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

// Purity and options. ------------------------------------------------------------------------------------

TEST(DevicePlanTest, IsAFunctionOfItsArguments) {
    for (const Decisions& row : decisions) {
        const DeviceSnapshot device = captured_device(row.device), copy = device;
        const DevicePlan first = plan(device);
        plan(captured_device("lavapipe-mesa22"), {.window_bytes = MiB});
        EXPECT_EQ(plan(device), first) << row.device;
        EXPECT_EQ(device, copy) << row.device;
    }
}

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

// Single decisions. --------------------------------------------------------------------------------------

TEST(DevicePlanTest, TexelLoadsNeedRoomForTheBaselinesRange) {
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

TEST(DevicePlanTest, AdrenosWithCachedStorageBuffersUseThem) {
    DeviceSnapshot device = captured_device("adreno-630");
    for (const char* name : {"Adreno (TM) 640", "Turnip Adreno (TM) 650"}) {
        device.name = name;
        EXPECT_EQ(plan(device).load_path, buffer) << name;
    }
    device.name = "Adreno (TM) 540";
    EXPECT_EQ(plan(device).load_path, texel);
}

TEST(DevicePlanTest, SubgroupsThatOnlyGraphicsHasAreNone) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.subgroup.stages = ~stage_compute;
    const DevicePlan actual = plan(device);
    EXPECT_EQ(actual.subgroup_size, 1u);
    EXPECT_EQ(actual.required_subgroup_size, 0u);
    EXPECT_FALSE(actual.subgroup_shuffle || actual.subgroup_arithmetic);
}

TEST(DevicePlanTest, ASizeOutsideTheRangeIsNotPinned) {
    DeviceSnapshot device = captured_device("intel-skl");
    device.subgroup.min_size = device.subgroup.size = 32;
    device.subgroup.max_size = 64;
    EXPECT_EQ(plan(device).subgroup_size, 32u);
    EXPECT_EQ(plan(device).required_subgroup_size, 32u) << "the driver's own choice, made certain";
    device.subgroup.size_control = false;
    EXPECT_EQ(plan(device).required_subgroup_size, 0u);
}

DeviceSnapshot with_matrices(std::vector<DeviceSnapshot::CooperativeMatrix> shapes) {
    DeviceSnapshot device = captured_device("radv-gfx1100");
    device.extensions.insert("VK_KHR_cooperative_matrix");
    device.cooperative_matrices = std::move(shapes);
    return device;
}

DeviceSnapshot::CooperativeMatrix half_matrix(uint32_t m, uint32_t n, uint32_t k) {
    return {.m = m,
            .n = n,
            .k = k,
            .a = "float16",
            .b = "float16",
            .c = "float32",
            .result = "float32",
            .subgroup_scope = true};
}

TEST(DevicePlanTest, PrefersTheCooperativeMatrixOf16AndThenTheLargest) {
    const DevicePlan actual =
        plan(with_matrices({half_matrix(16, 8, 16), half_matrix(16, 16, 16), half_matrix(32, 32, 32)}));
    EXPECT_THAT(actual.cooperative_matrices,
                ElementsAre(half_matrix(16, 16, 16), half_matrix(32, 32, 32), half_matrix(16, 8, 16)));
    EXPECT_THAT(actual.extensions, Contains("VK_KHR_cooperative_matrix"));
    EXPECT_THAT(plan(with_matrices({half_matrix(8, 8, 16), half_matrix(8, 16, 16), half_matrix(16, 8, 16)}))
                    .cooperative_matrices,
                ElementsAre(half_matrix(8, 16, 16), half_matrix(16, 8, 16), half_matrix(8, 8, 16)))
        << "the first reported of equals";
}

TEST(DevicePlanTest, OnlyHalfTimesHalfPlusSingleInASubgroupWillDo) {
    DeviceSnapshot::CooperativeMatrix half_result = half_matrix(16, 16, 16), integer = half_result,
                                      workgroup = half_result;
    half_result.c = half_result.result = "float16";
    integer.a = integer.b = "sint8";
    workgroup.subgroup_scope = false;
    EXPECT_THAT(plan(with_matrices({half_result, integer, workgroup})).cooperative_matrices, IsEmpty());
    EXPECT_THAT(plan(with_matrices({half_result, half_matrix(8, 8, 8)})).cooperative_matrices,
                ElementsAre(half_matrix(8, 8, 8)));
}

TEST(DevicePlanTest, CooperativeMatricesNeedTheirExtensionAndHalfPrecision) {
    const DeviceSnapshot whole = with_matrices({half_matrix(16, 16, 16)});
    DeviceSnapshot device = whole;
    device.extensions.erase("VK_KHR_cooperative_matrix");
    EXPECT_THAT(plan(device).cooperative_matrices, IsEmpty());
    device = whole;
    device.features.shader_float16 = false;
    EXPECT_THAT(plan(device).cooperative_matrices, IsEmpty());
    device = whole;
    device.features.storage_buffer_16bit = false;
    EXPECT_THAT(plan(device).cooperative_matrices, IsEmpty());
}

TEST(DevicePlanTest, CooperativeMatricesTurnOnWhatTheirShadersDeclare) {
    const DevicePlan actual = plan(with_matrices({half_matrix(16, 16, 16)}));
    for (const char* extension :
         {"VK_KHR_cooperative_matrix", "VK_KHR_vulkan_memory_model", "VK_KHR_shader_float16_int8"})
        EXPECT_THAT(actual.extensions, Contains(extension));
    EXPECT_THAT(actual.no_cooperative_matrix, IsEmpty());
}

TEST(DevicePlanTest, CapturedMatrixUnitsArePlanned) {
    for (const char* device : {"radv-navi31-mesa26", "radv-gfx1201-mesa26"}) {
        EXPECT_EQ(plan(captured_device(device)).cooperative_matrices.at(0), half_matrix(16, 16, 16))
            << device;
        EXPECT_THAT(plan(captured_device(device)).extensions, Contains("VK_EXT_subgroup_size_control"));
    }
}

TEST(DevicePlanTest, ASoftwareDeviceHasCooperativeMatricesThoughItIsSlowInHalfPrecision) {
    const DevicePlan actual = plan(captured_device("lavapipe-mesa26"));
    EXPECT_EQ(actual.cooperative_matrices.at(0), half_matrix(8, 8, 8));
    EXPECT_FALSE(actual.fp16_arithmetic);
    EXPECT_THAT(actual.extensions, Contains("VK_KHR_shader_float16_int8"));
}

TEST(DevicePlanTest, WideVectorsOfASoftwareDeviceHaveNoMatrixUnits) {
    DeviceSnapshot device = captured_device("lavapipe-mesa26");
    device.subgroup.size = device.subgroup.min_size = device.subgroup.max_size = 16;
    EXPECT_THAT(plan(device).cooperative_matrices, IsEmpty());
    EXPECT_THAT(plan(device).no_cooperative_matrix, HasSubstr("512 bits"));
}

TEST(DevicePlanTest, WhyThereAreNoCooperativeMatricesIsSaid) {
    const auto why = [](const DeviceSnapshot& device) { return plan(device).no_cooperative_matrix; };
    const DeviceSnapshot whole = with_matrices({half_matrix(16, 16, 16)});
    DeviceSnapshot device = whole;
    EXPECT_THAT(why(device), IsEmpty());
    device.features.vulkan_memory_model = false;
    EXPECT_THAT(why(device), HasSubstr("vulkanMemoryModel"));
    device = whole;
    device.cooperative_matrices.clear();
    EXPECT_THAT(why(device), HasSubstr("lists no shape"));
    EXPECT_THAT(plan(device).fallbacks, Contains(HasSubstr("lists no shape")));
    device.extensions.erase("VK_KHR_cooperative_matrix");
    EXPECT_THAT(why(device), HasSubstr("no VK_KHR_cooperative_matrix"));
    device = whole;
    device.name = "AMD Radeon RX 6800 XT";
    EXPECT_THAT(why(device), HasSubstr("before RDNA3"));
}

TEST(DevicePlanTest, ADefectTurnsOffWhatItNamesAndSaysSo) {
    DeviceSnapshot device = with_matrices({half_matrix(16, 16, 16)});
    device.name = "AMD Radeon RX 6800 XT";
    const DevicePlan actual = plan(device);
    EXPECT_THAT(actual.cooperative_matrices, IsEmpty());
    ASSERT_EQ(actual.quirks.size(), 1u);
    EXPECT_EQ(actual.quirks[0].disable, Disable::cooperative_matrix);
    EXPECT_THAT(actual.fallbacks, Contains(HasSubstr("cooperative matrices are off: before RDNA3")));
    EXPECT_THAT(actual.fallbacks, Contains(HasSubstr("llama.cpp#11074")));
}

TEST(DevicePlanTest, EveryKindOfDefectHasItsEffect) {
    const DeviceSnapshot device = captured_device("lavapipe-mesa22");
    const auto with = [&](Disable what, const DeviceSnapshot& on) {
        const Quirk quirk{.disable = what, .why = "why", .source = "source"};
        const DevicePlan actual = plan_device(on, std::span(&quirk, 1));
        EXPECT_THAT(actual.fallbacks, Contains(std::string(name(what)) + " are off: why (source)"));
        return actual;
    };
    EXPECT_THAT(
        with(Disable::cooperative_matrix, with_matrices({half_matrix(16, 16, 16)})).cooperative_matrices,
        IsEmpty());
    EXPECT_FALSE(with(Disable::fp16_arithmetic, captured_device("radv-navi21")).fp16_arithmetic);
    EXPECT_FALSE(with(Disable::fp16_storage, device).fp16_storage);
    EXPECT_FALSE(with(Disable::subgroup_arithmetic, device).subgroup_arithmetic);
    EXPECT_FALSE(with(Disable::subgroup_shuffle, device).subgroup_shuffle);
    EXPECT_EQ(with(Disable::texel_loads, device).load_path, buffer);
    EXPECT_FALSE(with(Disable::direct_upload, device).direct_upload);
    EXPECT_EQ(with(Disable::long_submits, device).work_per_submit, plan(device).work_per_submit / 4);
}

TEST(DevicePlanTest, ADefectOfWhatIsNotThereIsNotAFallback) {
    const DevicePlan actual = plan(captured_device("adreno-730"));
    EXPECT_THAT(actual.quirks, Not(IsEmpty()));
    EXPECT_THAT(actual.fallbacks, Not(Contains(HasSubstr("cooperative matrices"))));
    EXPECT_THAT(actual.fallbacks, Contains(HasSubstr("subgroup shuffles are off")));
}

TEST(DevicePlanTest, BlocksFitTheLargestDeviceHeapAndBuffer) {
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

TEST(DevicePlanTest, AHeapThatDoesNotExistIsIgnored) {
    DeviceSnapshot device = captured_device("radv-navi21");
    device.memory_types = {{.heap = 9, .device_local = true, .host_visible = true}};
    EXPECT_EQ(plan(device).block_bytes, 2048 * MiB);
    EXPECT_FALSE(plan(device).direct_upload);
}

TEST(DevicePlanTest, UploadsDirectlyToResizedBarOnly) {
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
    for (const float period : {0.0f, std::numeric_limits<float>::infinity()}) {
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

TEST(DevicePlanTest, ClassesComeFromTypeAndVendor) {
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
