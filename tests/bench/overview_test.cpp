#include <bench/overview.h>
#include <bench/overview_formats.h>
#include <support/vulkan_devices.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::bench {
namespace {

using testing::HasSubstr;

/// Measures a small network on the default device, with a clock that the test moves.
class OverviewTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        device_ = graph::open_device(*engine::test_instance(), engine::test_device());
        options_.models = {"mobilenetv3_small_035"};
        options_.input_size = 32;
        options_.filter = "b1/fp32|b32/fp32/inference";
        options_.least_ms = 1;
        options_.samples = 3;
        options_.quiet = true;
    }
    std::unique_ptr<graph::PlannedDevice> device_;
    OverviewOptions options_;
    double now_ = 0;
    Budget::Clock clock_ = [this] { return now_; };
};

TEST_F(OverviewTest, MeasuresEveryRowThatTheTimeAllows) {
    const Overview overview = measure_overview(*device_, options_, clock_);
    ASSERT_EQ(overview.rows.size(), 3);
    for (const Row& row : overview.rows) {
        ASSERT_TRUE(row.value) << row.name << ": " << row.why;
        EXPECT_GT(*row.value, 0) << row.name;
        EXPECT_TRUE(row.noise) << row.name;
    }
    EXPECT_EQ(overview.results.unfinished, 0);
    const nlohmann::json document = to_json(overview, *device_);
    EXPECT_EQ(document.at("rows").size(), 3);
    EXPECT_EQ(document.at("models").size(), 3) << "bench/compare reads these";
    for (const auto& model : document.at("models")) {
        EXPECT_EQ(model.at("input_size"), 32);
        EXPECT_EQ(model.at("wall_us").size(), 3);
    }
}

TEST_F(OverviewTest, BeginsNothingThatWouldOutlastItsPart) {
    // An hour passes after the first case.
    bool first = true;
    const Overview overview = measure_overview(*device_, options_, clock_, [&](const Overview& so_far) {
        if (first && !so_far.results.models.empty()) {
            now_ += 3600;
            first = false;
        }
    });
    size_t measured = 0;
    for (const Row& row : overview.rows) {
        measured += row.value ? 1 : 0;
        if (!row.value) {
            EXPECT_EQ(row.missing, Missing::time) << row.name;
            EXPECT_THAT(row.why, HasSubstr("part of the time")) << row.name;
        }
    }
    EXPECT_EQ(measured, 1);
    EXPECT_EQ(overview.results.unfinished, 2);
}

TEST_F(OverviewTest, AnInterruptLeavesWhatThereIs) {
    std::atomic<bool> interrupted{false};
    options_.interrupted = &interrupted;
    const Overview overview = measure_overview(*device_, options_, clock_, [&](const Overview& so_far) {
        if (!so_far.results.models.empty()) interrupted = true;
    });
    EXPECT_EQ(overview.results.models.size(), 1);
    EXPECT_EQ(overview.rows.back().why, "stopped before it was begun");
}

}  // namespace
}  // namespace vkm::bench
