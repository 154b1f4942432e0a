#include <bench/matrix_peak.h>
#include <support/devices.h>
#include <support/vulkan_devices.h>
#include <wrong_bench_shaders/catalog.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::bench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const MatrixKind& kind(std::string_view name) {
    return *std::ranges::find(matrix_kinds(), name, &MatrixKind::name);
}

std::vector<std::string> shapes(const char* device, std::string_view name) {
    std::vector<std::string> texts;
    for (const auto& s : matrix_shapes(engine::captured_device(device), kind(name)))
        texts.push_back(fmt::format("{}x{}x{}", s.m, s.n, s.k));
    return texts;
}

TEST(MatrixPeakTest, EachKindTakesTheShapesOfItsTypes) {
    for (const char* name : {"fp16", "fp16_sums", "int8", "uint8"})
        EXPECT_THAT(shapes("lavapipe-mesa26", name), ElementsAre("8x8x8")) << name;
    for (const char* name : {"bf16", "fp8", "fp8_e5m2"})
        EXPECT_THAT(shapes("lavapipe-mesa26", name), IsEmpty()) << name;
    for (const char* name : {"bf16", "fp8", "fp8_e5m2"})
        EXPECT_THAT(shapes("radv-gfx1201-mesa26", name), ElementsAre("16x16x16")) << name;
}

// RADV lists those of integers a second time, with sums that saturate.
TEST(MatrixPeakTest, AShapeThatIsListedTwiceIsMeasuredOnce) {
    for (const char* name : {"fp16", "int8", "uint8"})
        EXPECT_THAT(shapes("radv-navi31-mesa26", name), ElementsAre("16x16x16")) << name;
}

TEST(MatrixPeakTest, OnlyRightProductsHaveARate) {
    if (!engine::test_instance() || engine::test_instance()->devices().empty())
        GTEST_SKIP() << "no Vulkan device";
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    size_t kinds = 0;
    for (const MatrixKind& kind : matrix_kinds()) {
        if (!no_matrices(*device, kind).empty()) continue;
        std::vector<MatrixRate> rates;
        measure_matrices(*device, kind, rates);
        EXPECT_EQ(rates.size(), matrix_shapes(device->snapshot(), kind).size());
        for (const MatrixRate& rate : rates)
            EXPECT_GT(rate.gops.value_or(0), 0) << kind.label << ", " << rate.shape;
        ++kinds;
    }
    if (kinds == 0) GTEST_SKIP() << "neither this device nor this build has matrix units";
    std::vector<MatrixRate> wrong;
    measure_matrices(*device, kind("fp16"), wrong, &wrong_bench_shaders::WrongMultiplyAddMatrix::shader);
    for (const MatrixRate& rate : wrong)
        EXPECT_FALSE(rate.gops) << rate.shape;
}

TEST(MatrixPeakTest, TheFastestShapeOfAKindIsItsPeak) {
    const std::vector<MatrixRate> rates{
        {"int8", "16x16x16", 5}, {"int8", "16x16x32", 7}, {"int8", "8x8x32", {}}, {"fp16", "16x16x16", 9}};
    EXPECT_EQ(best_rate(rates, "int8")->shape, "16x16x32");
    EXPECT_EQ(best_rate(rates, "bf16"), nullptr);
}

}  // namespace
}  // namespace vkm::bench
