#include <bench/arithmetic_peaks.h>
#include <bench/peak_figures.h>
#include <bench/peak_kernels.h>
#include <bench_shaders/catalog.h>
#include <support/vulkan_devices.h>
#include <wrong_bench_shaders/catalog.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::bench {
namespace {

using testing::HasSubstr;

/// Measures peaks of the default device.
class PeaksTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        device_ = graph::open_device(*engine::test_instance(), engine::test_device());
    }
    // Returns what was said of a peak that has to be refused.
    std::string refused(const std::string& name, const PeakShaders& shaders) {
        const std::vector<PeakMeasurement> list = peak_measurements(*device_, shaders);
        const auto peak = std::ranges::find_if(list, [&](const PeakMeasurement& p) {
            return std::ranges::find(p.names, name) != p.names.end();
        });
        Peaks peaks;
        try {
            peak->measure(peaks);
        } catch (const Error& error) {
            return error.what();
        }
        ADD_FAILURE() << "a wrong kernel of the peak '" << name << "' went unnoticed";
        return "";
    }
    std::unique_ptr<graph::PlannedDevice> device_;
};

TEST_F(PeaksTest, KernelsThatComputeWhatTheyShouldHaveRates) {
    Peaks peaks;
    for (const PeakMeasurement& peak : peak_measurements(*device_)) {
        SCOPED_TRACE(peak.what);
        ASSERT_NO_THROW(peak.measure(peaks));
    }
    for (const PeakFigure& figure : peak_figures()) {
        const std::optional<double> value = figure.value(peaks);
        if (peaks.absent.contains(figure.name)) {
            EXPECT_FALSE(value) << figure.name;
            EXPECT_THAT(peaks.absent.at(figure.name), testing::Not(testing::IsEmpty())) << figure.name;
        } else {
            ASSERT_TRUE(value) << figure.name << " is neither measured nor absent";
            EXPECT_GE(*value, figure.name == "barrier" ? 0 : 1e-3) << figure.name;
        }
    }
}

TEST_F(PeaksTest, EveryFigureIsMeasuredByOneMeasurement) {
    std::vector<std::string> measured, figures;
    for (const PeakMeasurement& peak : peak_measurements(*device_))
        measured.insert(measured.end(), peak.names.begin(), peak.names.end());
    for (const PeakFigure& figure : peak_figures())
        figures.push_back(figure.name);
    EXPECT_THAT(measured, testing::UnorderedElementsAreArray(figures));
}

TEST_F(PeaksTest, AKernelWithAConstantChangedOnPurposeIsCaught) {
    namespace wrong = wrong_bench_shaders;
    PeakShaders shaders;
    shaders.copy = &wrong::WrongCopy::shader;
    shaders.read = &wrong::WrongRead::shader;
    shaders.write = &wrong::WrongWrite::shader;
    shaders.strided_read = &wrong::WrongStridedRead::shader;
    shaders.strided_write = &wrong::WrongStridedWrite::shader;
    shaders.cached_read = &wrong::WrongCachedRead::shader;
    shaders.shared = &wrong::WrongShared::shader;
    shaders.multiply_add = &wrong::WrongMultiplyAdd::shader;
    shaders.multiply_add_int = &wrong::WrongMultiplyAddInt::shader;
    shaders.launch = &wrong::WrongLaunch::shader;
    for (const auto& [name, what] : {std::pair{"copy", "copy bandwidth"},
                                     {"read", "read bandwidth"},
                                     {"write", "write bandwidth"},
                                     {"misaligned_read", "misaligned read bandwidth"},
                                     {"misaligned_write", "misaligned write bandwidth"},
                                     {"cached_read/4KiB", "cached reads"},
                                     {"cached_read/16MiB", "cached reads"},
                                     {"shared", "shared memory"},
                                     {"fp32", "fp32 arithmetic"},
                                     {"int32", "int32 arithmetic"},
                                     {"launch", "launch latency"},
                                     {"submit", "submit latency"}})
        EXPECT_THAT(refused(name, shaders),
                    HasSubstr(std::string("the kernel of the ") + what + " computed"));
}

TEST_F(PeaksTest, WhatAKernelDidNotWriteIsNoNumber) {
    const engine::Block block = unwritten(*device_, 64, "test");
    EXPECT_THROW(
        require_quads("test", quads_of(*device_, block, 0, 4), 0, [](uint64_t, uint64_t) { return 0; }),
        Error);
}

// A software device has no instruction for it, so that it is no peak there; what the kernel computes is the same.
TEST_F(PeaksTest, DotProductsOfBytesAreRightOrCaught) {
    if (!device_->plan().device.integer_dot_product) GTEST_SKIP() << "no dot products of integers";
    EXPECT_GT(int8_dot_gops(*device_, shaders::MultiplyAddDot::shader), 0);
    EXPECT_THROW(int8_dot_gops(*device_, wrong_bench_shaders::WrongMultiplyAddDot::shader), Error);
}

}  // namespace
}  // namespace vkm::bench
