#include "planned.h"

namespace vkm::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ArithmeticPlanTest, PrefersTheCooperativeMatrixOf16AndThenTheLargest) {
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

TEST(ArithmeticPlanTest, OnlyHalfTimesHalfPlusSingleInASubgroupWillDo) {
    DeviceSnapshot::CooperativeMatrix half_result = half_matrix(16, 16, 16), integer = half_result,
                                      workgroup = half_result;
    half_result.c = half_result.result = "float16";
    integer.a = integer.b = "sint8";
    workgroup.subgroup_scope = false;
    EXPECT_THAT(plan(with_matrices({half_result, integer, workgroup})).cooperative_matrices, IsEmpty());
    EXPECT_THAT(plan(with_matrices({half_result, half_matrix(8, 8, 8)})).cooperative_matrices,
                ElementsAre(half_matrix(8, 8, 8)));
}

TEST(ArithmeticPlanTest, StoresRoundNativelyWhereFp16CanBeToldHow) {
    const DeviceSnapshot whole = captured_device("nvidia-rtx3090-linux");
    EXPECT_TRUE(plan(whole).native_half_stores);
    EXPECT_THAT(plan(whole).extensions, Contains("VK_KHR_shader_float_controls"));
    for (bool DeviceSnapshot::Features::*needed :
         {&DeviceSnapshot::Features::shader_float16, &DeviceSnapshot::Features::half_rounds_to_nearest,
          &DeviceSnapshot::Features::half_keeps_subnormals}) {
        DeviceSnapshot device = whole;
        device.features.*needed = false;
        EXPECT_FALSE(plan(device).native_half_stores);
        EXPECT_THAT(plan(device).extensions, ::testing::Not(Contains("VK_KHR_shader_float_controls")));
    }
    EXPECT_FALSE(plan(captured_device("intel-b580-win")).native_half_stores)
        << "which rounds fp16 only as it rounds fp32";
    EXPECT_FALSE(plan(captured_device("qualcomm-adreno740")).native_half_stores)
        << "which flushes subnormals";
}

TEST(ArithmeticPlanTest, CooperativeMatricesNeedTheirExtensionAndHalfPrecision) {
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

TEST(ArithmeticPlanTest, CooperativeMatricesTurnOnWhatTheirShadersDeclare) {
    const DevicePlan actual = plan(with_matrices({half_matrix(16, 16, 16)}));
    for (const char* extension :
         {"VK_KHR_cooperative_matrix", "VK_KHR_vulkan_memory_model", "VK_KHR_shader_float16_int8"})
        EXPECT_THAT(actual.extensions, Contains(extension));
    EXPECT_THAT(actual.no_cooperative_matrix, IsEmpty());
}

TEST(ArithmeticPlanTest, WhatElseMatricesMayHoldIsTurnedOnWithThem) {
    DeviceSnapshot device = with_matrices({half_matrix(16, 16, 16)});
    device.features.shader_int8 = device.features.bfloat16_matrices = device.features.float8_matrices = true;
    device.extensions.insert({"VK_KHR_shader_bfloat16", "VK_EXT_shader_float8"});
    const DevicePlan with = plan(device);
    EXPECT_TRUE(with.int8_matrices && with.bfloat16_matrices && with.float8_matrices);
    for (const char* extension : {"VK_KHR_shader_bfloat16", "VK_EXT_shader_float8"})
        EXPECT_THAT(with.extensions, Contains(extension));
    device.cooperative_matrices.clear();
    const DevicePlan without = plan(device);
    EXPECT_FALSE(without.int8_matrices || without.bfloat16_matrices || without.float8_matrices);
}

TEST(ArithmeticPlanTest, ProductsOfPackedBytesAreTurnedOnWhereShadersMayHaveThem) {
    DeviceSnapshot device = captured_device("radv-gfx1100");
    device.features.integer_dot_product = true;
    device.extensions.insert("VK_KHR_shader_integer_dot_product");
    EXPECT_TRUE(plan(device).integer_dot_product);
    EXPECT_THAT(plan(device).extensions, Contains("VK_KHR_shader_integer_dot_product"));
    device.features.integer_dot_product = false;
    EXPECT_FALSE(plan(device).integer_dot_product);
}

TEST(ArithmeticPlanTest, CapturedMatrixUnitsArePlanned) {
    for (const char* device : {"radv-navi31-mesa26", "radv-gfx1201-mesa26"}) {
        EXPECT_EQ(plan(captured_device(device)).cooperative_matrices.at(0), half_matrix(16, 16, 16))
            << device;
        EXPECT_THAT(plan(captured_device(device)).extensions, Contains("VK_EXT_subgroup_size_control"));
    }
}

TEST(ArithmeticPlanTest, ASoftwareDeviceHasCooperativeMatricesThoughItIsSlowInHalfPrecision) {
    const DevicePlan actual = plan(captured_device("lavapipe-mesa26"));
    EXPECT_EQ(actual.cooperative_matrices.at(0), half_matrix(8, 8, 8));
    EXPECT_FALSE(actual.fp16_arithmetic);
    EXPECT_THAT(actual.extensions, Contains("VK_KHR_shader_float16_int8"));
}

TEST(ArithmeticPlanTest, WideVectorsOfASoftwareDeviceHaveNoMatrixUnits) {
    DeviceSnapshot device = captured_device("lavapipe-mesa26");
    device.subgroup.size = device.subgroup.min_size = device.subgroup.max_size = 16;
    EXPECT_THAT(plan(device).cooperative_matrices, IsEmpty());
    EXPECT_THAT(plan(device).no_cooperative_matrix, HasSubstr("512 bits"));
}

TEST(ArithmeticPlanTest, WhyThereAreNoCooperativeMatricesIsSaid) {
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
    device.features.packed_dot_product = false;
    EXPECT_THAT(why(device), HasSubstr("before RDNA3"));
}

}  // namespace
}  // namespace vkm::engine
