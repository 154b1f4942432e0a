#include <bench/peaks.h>
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
    for (const double rate : {peaks.copy_gbps, peaks.read_gbps, peaks.write_gbps, peaks.upload_gbps,
                              peaks.download_gbps, peaks.fp32_gflops, peaks.launch_us, peaks.submit_us})
        EXPECT_GT(rate, 0);
}

TEST_F(PeaksTest, AKernelWithAConstantChangedOnPurposeIsCaught) {
    namespace wrong = wrong_bench_shaders;
    PeakShaders shaders;
    shaders.copy = &wrong::WrongCopy::shader;
    shaders.read = &wrong::WrongRead::shader;
    shaders.write = &wrong::WrongWrite::shader;
    shaders.multiply_add = &wrong::WrongMultiplyAdd::shader;
    shaders.launch = &wrong::WrongLaunch::shader;
    for (const auto& [name, what] : {std::pair{"copy", "copy bandwidth"},
                                     {"read", "read bandwidth"},
                                     {"write", "write bandwidth"},
                                     {"fp32", "fp32 arithmetic"},
                                     {"launch", "launch latency"},
                                     {"submit", "submit latency"}})
        EXPECT_THAT(refused(name, shaders),
                    HasSubstr(std::string("the kernel of the ") + what + " computed"));
}

}  // namespace
}  // namespace vkm::bench
