#include <engine/error.h>
#include <engine/plan/vulkan_ids.h>
#include <graph/kernel_plan.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/kernel_plans.h>

#include <ostream>

namespace vkm::graph {
namespace {

using engine::captured_device;
using engine::DeviceSnapshot;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum engine::DeviceClass;
using enum Sharing;

constexpr Fusion everything = {};
/// What a CPU gains from: it computes as slowly as it reads.
constexpr Fusion little = {.normalise_depthwise = false,
                           .normalise_pointwise = false,
                           .scale_pointwise = true,
                           .statistics = false,
                           .batch_norm_sums = false,
                           .gradient_depthwise = false,
                           .gradient_pointwise = false,
                           .squeeze_excite = false};

// The key decisions for every captured device. -----------------------------------------------------------

struct Decisions {
    const char* device;
    Sharing sharing;
    uint32_t cluster, rows;
    DepthwiseTile tile, narrow;
    uint32_t workgroup, target, least;
    bool gpu;  ///< column tree, everything fused, fp16 storage faster
};

void PrintTo(const Decisions& decisions, std::ostream* out) {
    *out << decisions.device;
}

// clang-format off
constexpr Decisions decisions[] = {
    // device               sharing    cluster rows  tile   narrow  workgroup target least gpu
    {"lavapipe-mesa22",     shuffle,       8, 16,  {4, 2}, {2, 2},   64,  16,   2, false},
    {"lavapipe-mesa22-128", shuffle,       4, 16,  {4, 2}, {2, 2},   64,  16,   2, false},
    {"lavapipe-mesa22-512", shuffle,      16, 16,  {4, 2}, {2, 4},  128,  16,   2, false},
    {"lavapipe-mesa25",     shuffle,       8, 16,  {4, 2}, {2, 2},   64,  16,   2, false},
    {"lavapipe-mesa26",     shuffle,       8, 16,  {4, 2}, {2, 2},   64,  16,   2, false},
    {"swiftshader",         shuffle,       4, 32,  {4, 2}, {0, 0},   64,  16,   2, false},
    {"intel-skl",           shared_memory,16,  8,  {4, 1}, {2, 2},   64,  80,  32, true},
    {"intel-tgl",           shared_memory,16,  8,  {4, 1}, {2, 2},   64,  60,  24, true},
    {"intel-mtl",           shared_memory,16,  8,  {4, 1}, {2, 2},   64,  80,  32, true},
    {"intel-dg2",           shared_memory,16,  8,  {4, 1}, {2, 2},  128, 160, 128, true},
    {"intel-bmg-mesa26",    shared_memory,16,  8,  {4, 1}, {2, 2},  128, 100,  80, true},
    {"apple-m1-mesa26",     shared_memory, 8,  8,  {4, 1}, {2, 2},  128,  80,  32, true},
    {"adreno-630",          shared_memory, 8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"adreno-660",          shared_memory, 8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"adreno-730",          shared_memory, 8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"adreno-750",          shared_memory, 8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"mali-a867",           shared_memory,16,  8,  {2, 1}, {2, 2},   64,  60,  24, true},
    {"radv-polaris10",      shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 800, 160, true},
    {"radv-vega10",         shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 800, 160, true},
    {"radv-renoir",         shared_memory, 8, 16,  {4, 2}, {0, 0},   64, 320,  32, true},
    {"radv-navi10",         shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"radv-navi21",         shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"radv-gfx1100",        shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"radv-navi31-mesa26",  shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"radv-gfx1201-mesa26", shared_memory, 8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"amd-780m-win",            shared_memory,8, 16,  {4, 2}, {0, 0},   64, 240,  48, true},
    {"amd-pro5500m-moltenvk",   shared_memory,8, 16,  {2, 2}, {4, 2},  128, 800, 160, true},
    {"amd-raphael-linux",       shared_memory,8, 16,  {4, 2}, {0, 0},   64,  40,   8, true},
    {"amd-rembrandt-win",       shared_memory,8, 16,  {4, 2}, {0, 0},   64, 240,  48, true},
    {"amd-rx7900xtx-win",       shared_memory,8, 16,  {2, 2}, {4, 2},  128, 960, 384, true},
    {"amd-w5700-win",           shared_memory,8, 16,  {2, 2}, {4, 2},  128, 360, 144, true},
    {"apple-m4max-moltenvk",    shared_memory,8,  8,  {4, 1}, {2, 2},  128, 400, 160, true},
    {"arm-g925",                shared_memory,16,  8,  {2, 1}, {2, 2},   64, 120,  48, true},
    {"huawei-maleoon910",       shared_memory,8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"img-bxm-8-256",           shared_memory,8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"intel-b580-win",          shared_memory,16,  8,  {4, 1}, {2, 2},  128, 100,  80, true},
    {"nvidia-a100-linux",       shared_memory,8, 16,  {2, 2}, {4, 2},  128,1080, 432, true},
    {"nvidia-cmp40hx-win",      shared_memory,8, 16,  {2, 2}, {4, 2},  128, 340, 136, true},
    {"nvidia-gtx1080ti-win",    shared_memory,8, 16,  {2, 2}, {4, 2},  128, 280, 112, true},
    {"nvidia-l4-linux",         shared_memory,8, 16,  {2, 2}, {4, 2},  128, 580, 232, true},
    {"nvidia-orin-linux",       shared_memory,8, 16,  {2, 2}, {4, 2},  128,  80,  32, true},
    {"nvidia-rtx2050-win",      shared_memory,8, 16,  {2, 2}, {4, 2},  128, 160,  64, true},
    {"nvidia-rtx3090-linux",    shared_memory,8, 16,  {2, 2}, {4, 2},  128, 820, 328, true},
    {"nvidia-rtx4060-linux",    shared_memory,8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"nvidia-rtx4090-win",      shared_memory,8, 16,  {2, 2}, {4, 2},  128,1280, 512, true},
    {"nvidia-rtx5090-win",      shared_memory,8, 16,  {2, 2}, {4, 2},  128,1700, 680, true},
    {"nvidia-t4-linux",         shared_memory,8, 16,  {2, 2}, {4, 2},  128, 400, 160, true},
    {"qualcomm-adreno650-v502", shared_memory,8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"qualcomm-adreno740",      shared_memory,8,  8,  {2, 1}, {2, 2},   64, 240,  24, true},
    {"samsung-xclipse940",      shared_memory,8,  8,  {2, 1}, {2, 2},   64, 240,  48, true},
    {"v3d-7.1-mesa25",          shared_memory,16,  8,  {2, 1}, {2, 2},   64,  60,  24, true},
    {"baseline",            shared_memory, 4, 16,  {4, 2}, {0, 0},   64, 160,  32, true},
};
// clang-format on

class KernelDecisionsTest : public ::testing::TestWithParam<Decisions> {};

TEST_P(KernelDecisionsTest, AreThoseOfTheTable) {
    const Decisions& expected = GetParam();
    const KernelPlan plan = plan_of_captured(expected.device);
    const KernelDefaults& actual = plan.kernels;
    EXPECT_EQ(actual.gemm_sharing, expected.sharing);
    EXPECT_EQ(actual.gemm_cluster, expected.cluster);
    EXPECT_EQ(actual.accumulators, expected.rows);
    EXPECT_EQ(actual.depthwise_tile, expected.tile);
    EXPECT_EQ(actual.depthwise_narrow_tile, expected.narrow);
    EXPECT_EQ(actual.workgroup, expected.workgroup);
    EXPECT_EQ(actual.target_workgroups, expected.target);
    EXPECT_EQ(actual.least_workgroups, expected.least);
    EXPECT_EQ(actual.column_tree, expected.gpu);
    EXPECT_EQ(plan.fp16_storage_faster, expected.gpu);
    Fusion fusion = expected.gpu ? everything : little;
    if (plan.device.storage_buffers < 9) fusion.gradient_depthwise = fusion.gradient_pointwise = false;
    EXPECT_EQ(plan.fusion, fusion);
}

TEST_P(KernelDecisionsTest, StayWithinWhatTheDeviceCan) {
    const KernelPlan plan = plan_of_captured(GetParam().device);
    EXPECT_LE(plan.kernels.workgroup, plan.device.max_workgroup_invocations);
    if (plan.kernels.gemm_sharing == shuffle) {
        EXPECT_TRUE(plan.device.subgroup_shuffle);
        EXPECT_EQ(plan.device.subgroup_size % plan.kernels.gemm_cluster, 0u);
    }
    if (plan.cooperative_matrix) {
        EXPECT_THAT(plan.device.cooperative_matrices, Contains(*plan.cooperative_matrix));
    }
    EXPECT_EQ(plan.no_cooperative_matrix.empty(), plan.cooperative_matrix.has_value());
    for (const std::string& line : plan.fallbacks)
        EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

TEST_P(KernelDecisionsTest, KeepTheDevicePlanAsItIs) {
    const DeviceSnapshot device = captured_device(GetParam().device);
    const engine::DevicePlan plan = engine::plan_device(device, engine::known_quirks());
    EXPECT_EQ(plan_kernels(device, plan, {.sharing = direct, .column_tree = true}).device, plan);
}

INSTANTIATE_TEST_SUITE_P(Devices, KernelDecisionsTest, ::testing::ValuesIn(decisions),
                         [](const auto& row) { return engine::test_name(row.param.device); });

TEST(KernelPlanTest, EverySupportedCapturedDeviceIsInTheTable) {
    for (const std::string& device : engine::captured_devices()) {
        try {
            plan_of_captured(device);
        } catch (const UnsupportedDevice&) {
            continue;  // DevicePlanTest's
        }
        EXPECT_TRUE(std::ranges::any_of(decisions, [&](const Decisions& row) {
            return row.device == device;
        })) << device;
    }
}

TEST(KernelPlanTest, IsAFunctionOfItsArguments) {
    for (const Decisions& row : decisions) {
        const DeviceSnapshot device = captured_device(row.device), copy = device;
        const KernelPlan first = plan_of(device);
        plan_of_captured("lavapipe-mesa22", {.column_tree = true});
        EXPECT_EQ(plan_of(device), first) << row.device;
        EXPECT_EQ(device, copy) << row.device;
    }
}

// What it takes is an order of memory that drivers must keep to, which cannot be asked for.
TEST(KernelPlanTest, OnlyDriversKnownToOrderMemoryMergeByArrival) {
    for (const Decisions& row : decisions) {
        const DeviceSnapshot device = captured_device(row.device);
        namespace driver = engine::driver;
        const bool known =
            device.driver_id == driver::nvidia_proprietary || device.driver_id == driver::mesa_radv ||
            device.driver_id == driver::amd_proprietary || device.driver_id == driver::amd_open_source;
        EXPECT_EQ(plan_of(device).kernels.merge_by_arrival, known) << row.device;
    }
    DeviceSnapshot few = captured_device("radv-navi21");
    few.limits.max_storage_buffers_per_stage = 15;
    EXPECT_FALSE(plan_of(few).kernels.merge_by_arrival);
    EXPECT_FALSE(plan_of_captured("radv-navi21", {.merge_by_arrival = false}).kernels.merge_by_arrival);
    EXPECT_TRUE(plan_of_captured("lavapipe-mesa22", {.column_tree = true, .merge_by_arrival = true})
                    .kernels.merge_by_arrival);
    EXPECT_FALSE(plan_of_captured("lavapipe-mesa22", {.merge_by_arrival = true}).kernels.merge_by_arrival)
        << "which has no tree";
}

TEST(KernelPlanTest, OnlyLlvmpipeWritesSmallPartsAndGivesActivations) {
    for (const Decisions& row : decisions) {
        const DeviceSnapshot device = captured_device(row.device);
        const bool llvmpipe = device.driver_id == engine::driver::mesa_llvmpipe;
        const KernelDefaults kernels = plan_of(device).kernels;
        EXPECT_EQ(kernels.part_bytes != 0, llvmpipe) << row.device;
        EXPECT_EQ(kernels.given_activations, llvmpipe) << row.device;
        EXPECT_EQ(static_cast<bool>(kernels.depthwise_strided_tile), llvmpipe) << row.device;
    }
}

// 25 weights and the sums of several rows take more than 128 registers.
TEST(KernelPlanTest, DevicesOfFewRegistersFilterOneRowWithLargeKernels) {
    for (const Decisions& row : decisions) {
        if (row.rows > 8) continue;
        const KernelDefaults kernels = plan_of_captured(row.device).kernels;
        EXPECT_EQ(kernels.depthwise_tile.y, 1u) << row.device;
        EXPECT_EQ(kernels.depthwise_narrow_tile, (DepthwiseTile{2, 2})) << row.device;
    }
}

TEST(KernelPlanTest, GradientsAreFormedOnLoadWhereAKernelMayBindNineBuffers) {
    DeviceSnapshot device = captured_device("radv-navi21");
    EXPECT_TRUE(plan_of(device).fusion.gradient_pointwise);
    EXPECT_TRUE(plan_of(device).fusion.gradient_depthwise);
    device.limits.max_storage_buffers_per_stage = 8;
    EXPECT_FALSE(plan_of(device).fusion.gradient_pointwise);
    EXPECT_FALSE(plan_of(device).fusion.gradient_depthwise);
    EXPECT_THAT(plan_of(device).fallbacks, Contains(HasSubstr("8 storage buffers a kernel, not 9")));
}

TEST(KernelPlanTest, LlvmpipeWithoutShufflesLoadsDirectly) {
    DeviceSnapshot device = captured_device("lavapipe-mesa22");
    device.subgroup.operations &= ~engine::subgroup_shuffle_bit;
    EXPECT_EQ(plan_of(device).kernels.gemm_sharing, direct);
    EXPECT_THAT(plan_of(device).fallbacks, Contains(HasSubstr("shuffle")));
    device = captured_device("lavapipe-mesa22");
    device.subgroup.size = device.subgroup.min_size = device.subgroup.max_size = 2;
    EXPECT_EQ(plan_of(device).kernels.gemm_sharing, direct);
}

TEST(KernelPlanTest, ADefectOfTheDeviceIsRespected) {
    const auto with = [](engine::Disable what, const char* name) {
        const engine::Quirk quirk{.disable = what, .why = "why", .source = "source"};
        const DeviceSnapshot device = captured_device(name);
        return plan_kernels(device, engine::plan_device(device, std::span(&quirk, 1)));
    };
    EXPECT_EQ(with(engine::Disable::subgroup_shuffle, "lavapipe-mesa22").kernels.gemm_sharing, direct);
    EXPECT_FALSE(with(engine::Disable::fp16_storage, "radv-navi21").fp16_storage_faster);
    const KernelPlan no_matrices = with(engine::Disable::cooperative_matrix, "radv-navi31-mesa26");
    EXPECT_FALSE(no_matrices.cooperative_matrix);
    EXPECT_THAT(no_matrices.no_cooperative_matrix, HasSubstr("why (source)"));
}

TEST(KernelPlanTest, AMatrixShapeIsUsedOnlyWhereATileFitsSharedMemory) {
    const auto half_matrix = [](uint32_t m, uint32_t n, uint32_t k) {
        return DeviceSnapshot::CooperativeMatrix{.m = m,
                                                 .n = n,
                                                 .k = k,
                                                 .a = "float16",
                                                 .b = "float16",
                                                 .c = "float32",
                                                 .result = "float32",
                                                 .subgroup_scope = true};
    };
    DeviceSnapshot device = captured_device("radv-gfx1100");
    device.extensions.insert("VK_KHR_cooperative_matrix");
    device.features.packed_dot_product = true;
    device.cooperative_matrices = {half_matrix(64, 64, 64), half_matrix(8, 8, 16)};
    EXPECT_EQ(plan_of(device).cooperative_matrix, half_matrix(64, 64, 64));
    device.limits.max_shared_memory_bytes = 16384;
    EXPECT_EQ(plan_of(device).cooperative_matrix, half_matrix(8, 8, 16));
    device.cooperative_matrices.pop_back();
    EXPECT_FALSE(plan_of(device).cooperative_matrix);
    EXPECT_THAT(plan_of(device).no_cooperative_matrix, HasSubstr("shared memory"));
    EXPECT_THAT(plan_of(device).fallbacks, Contains(HasSubstr("shared memory")));
}

TEST(KernelPlanTest, LavapipeFallsBackInNothing) {
    EXPECT_THAT(plan_of_captured("lavapipe-mesa22").fallbacks, IsEmpty());
}

// Options. -----------------------------------------------------------------------------------------------

TEST(KernelOptionsTest, SharingIsForced) {
    EXPECT_EQ(plan_of_captured("lavapipe-mesa22", {.sharing = shared_memory}).kernels.gemm_sharing,
              shared_memory);
    EXPECT_EQ(plan_of_captured("lavapipe-mesa22", {.sharing = direct}).kernels.gemm_sharing, direct);
    EXPECT_EQ(plan_of_captured("radv-navi21", {.sharing = shuffle}).kernels.gemm_sharing, shuffle);
    EXPECT_EQ(plan_of_captured("swiftshader", {.sharing = shuffle}).kernels.gemm_cluster, 4u);
}

TEST(KernelPlanTest, ProductsRunOnMatrixUnitsOfDriversThatAreKnown) {
    const auto on_matrix_units = [](const char* device, const KernelOptions& options = {}) {
        return plan_of_captured(device, options).kernels.matrix_units;
    };
    for (const char* device : {"radv-navi31-mesa26", "radv-gfx1201-mesa26"}) {
        EXPECT_TRUE(on_matrix_units(device)) << device;
        EXPECT_FALSE(on_matrix_units(device, {.matrix_units = false})) << device;
        EXPECT_FALSE(on_matrix_units(device, {.sharing = shared_memory})) << device;
    }
    for (const char* device : {"intel-bmg-mesa26", "lavapipe-mesa26"})
        EXPECT_FALSE(on_matrix_units(device)) << device << ": only on request";
    for (const char* device : {"radv-navi21", "nvidia-rtx3090-linux"})
        EXPECT_FALSE(on_matrix_units(device)) << device << " lists none";
}

TEST(KernelOptionsTest, MatrixUnitsLeaveOtherProductsAsTheyWere) {
    const KernelDefaults kernels =
        plan_of_captured("radv-navi31-mesa26", {.sharing = cooperative_matrix}).kernels;
    EXPECT_TRUE(kernels.matrix_units);
    EXPECT_EQ(kernels.gemm_sharing, shared_memory);
}

TEST(KernelOptionsTest, ColumnReductionsAreForced) {
    EXPECT_TRUE(plan_of_captured("lavapipe-mesa22", {.column_tree = true}).kernels.column_tree);
    EXPECT_FALSE(plan_of_captured("radv-navi21", {.column_tree = false}).kernels.column_tree);
}

TEST(KernelOptionsTest, APlanHoldsTheTuningItIsGiven) {
    const engine::Tuning tuning{{"depthwise tile | f32 1x8x8x8", {"2x2", 1.5}}};
    EXPECT_THAT(plan_of_captured("lavapipe-mesa22").tuning, IsEmpty());
    EXPECT_EQ(plan_of_captured("lavapipe-mesa22", {.tuning = tuning}).tuning, tuning);
    EXPECT_EQ(with_tuning(plan_of_captured("lavapipe-mesa22"), tuning),
              plan_of_captured("lavapipe-mesa22", {.tuning = tuning}));
}

TEST(KernelOptionsTest, WhatTheDeviceLacksIsAnErrorNotAFallback) {
    const auto message = [](const char* device, Sharing sharing) -> std::string {
        try {
            plan_of_captured(device, {.sharing = sharing});
        } catch (const UnsupportedDevice& error) {
            return error.what();
        }
        return "accepted";
    };
    EXPECT_THAT(message("baseline", shuffle), HasSubstr("subgroups of 1 lanes that may not shuffle"));
    EXPECT_THAT(message("baseline", cooperative_matrix),
                HasSubstr("no matrix units to multiply on: the driver has no VK_KHR_cooperative_matrix"));
}

}  // namespace
}  // namespace vkm::graph
