#include "faulty_device.h"

#include <bench/suite.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vkm::bench {
namespace {

using test::FaultyDevice;
using testing::HasSubstr;

/// Runs a suite of a few small kernels, which ends with results whatever its device does.
class SuiteFaultsTest : public test::FaultyDeviceTest {
  protected:
    static SuiteOptions options() {
        SuiteOptions options;
        options.selection.models = {"mobilenet_v3_small"};
        options.selection.batches = {1};
        options.selection.precisions = {graph::DType::f32};
        options.filter = "pool";
        options.peaks = options.models = false;
        options.samples = 1;
        options.least_ms = 0.1;
        options.quiet = true;
        return options;
    }
    static Results run(const SuiteOptions& options) {
        FaultyDevice faulty;
        return run_suite(faulty.device(), options);
    }
    static size_t all() {
        FaultyDevice faulty;
        return list_benchmarks(faulty.device(), options()).size();
    }
};

TEST_F(SuiteFaultsTest, ADeviceLostInAKernelLeavesTheResultsBeforeIt) {
    const size_t total = all();
    ASSERT_GE(total, 2);
    ASSERT_TRUE(run(options()).failures.empty());
    const int submits = FaultyDevice::calls(FaultyDevice::submit);
    FaultyDevice::plan(FaultyDevice::submit, VK_ERROR_DEVICE_LOST, submits / 2);
    const Results results = run(options());
    ASSERT_EQ(results.failures.size(), 1);
    EXPECT_THAT(results.failures[0], HasSubstr("gave the device up"));
    ASSERT_FALSE(results.kernels.empty());
    EXPECT_FALSE(results.kernels.front().times_us.empty());
    EXPECT_TRUE(results.kernels.front().failure.empty());
    EXPECT_EQ(results.kernels.size() + results.unfinished, total);
}

TEST_F(SuiteFaultsTest, ADeviceLostFromTheBeginningIsSaidOnce) {
    FaultyDevice::plan(FaultyDevice::submit, VK_ERROR_DEVICE_LOST);
    SuiteOptions with_peaks = options();
    with_peaks.peaks = true;
    const Results results = run(with_peaks);
    ASSERT_EQ(results.failures.size(), 1);
    EXPECT_THAT(results.failures[0], HasSubstr("copy bandwidth: "));
    EXPECT_EQ(results.unfinished, all());
    FaultyDevice sound;
    EXPECT_EQ(to_json(results, sound.device()).at("peaks"), nlohmann::json::object());
}

TEST_F(SuiteFaultsTest, APeakThatCannotBeMeasuredLeavesTheOthers) {
    FaultyDevice::plan(FaultyDevice::create_pipeline, VK_ERROR_UNKNOWN, 0, 1);
    SuiteOptions peaks = options();
    peaks.peaks = true;
    peaks.kernels = false;
    const Results results = run(peaks);
    ASSERT_EQ(results.failures.size(), 1);
    EXPECT_THAT(results.failures[0], HasSubstr("copy bandwidth: "));
    EXPECT_EQ(results.peaks->copy_gbps, 0);
    EXPECT_GT(results.peaks->write_gbps, 0);
    EXPECT_FALSE(results.peaks->roofs());
}

}  // namespace
}  // namespace vkm::bench
