#include <train/report/run_metrics.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/temporary_folder.h"

#include <cmath>

namespace vkm::train {
namespace {

class RunMetricsTest : public testing::Test {
  protected:
    RunMetrics read(const std::string& text) const {
        test::write_content(folder_ / "metrics.jsonl", text);
        return read_run_metrics(folder_ / "metrics.jsonl");
    }
    const test::TemporaryFolder folder_;
};

std::string step(int number, double loss) {
    return fmt::format(R"({{"kind":"step","step":{},"epoch":{},"loss":{},"lr":0.1}})", number,
                       (number - 1) / 2, loss) +
           "\n";
}
std::string validation(int number, double top1) {
    return fmt::format(R"({{"kind":"val","step":{},"epoch":{},"loss":1,"top1":{}}})", number, number / 2,
                       top1) +
           "\n";
}

std::string outline(const RunMetrics& run) {
    std::string text;
    for (const MetricRow& row : run.steps)
        text += fmt::format("s{}={} ", row.step, row.values.at("loss"));
    for (const MetricRow& row : run.validations)
        text += fmt::format("v{}={} ", row.step, row.values.at("top1"));
    return text;
}

TEST_F(RunMetricsTest, ReadsStepsAndValidations) {
    const RunMetrics run = read(step(1, 5) + step(2, 4) + validation(2, 0.5) + step(3, 3));
    EXPECT_EQ(outline(run), "s1=5 s2=4 s3=3 v2=0.5 ");
    EXPECT_EQ(run.steps[0].values, (std::map<std::string, double>{{"loss", 5}, {"lr", 0.1}}));
    EXPECT_EQ(run.steps_per_epoch(), 2);
    EXPECT_EQ(run.damaged_lines, 0u);
}

TEST_F(RunMetricsTest, PassesOverTheHalfLineOfARunThatGoesOn) {
    const std::string whole = step(1, 5) + step(2, 4);
    for (size_t cut = 0; cut < step(3, 3).size(); ++cut) {
        const RunMetrics run = read(whole + step(3, 3).substr(0, cut));
        EXPECT_EQ(run.steps.size(), cut + 1 == step(3, 3).size() ? 3u : 2u) << cut;
        EXPECT_EQ(run.damaged_lines, 0u);
    }
}

TEST_F(RunMetricsTest, TakesWhatAResumedRunDidAgain) {
    EXPECT_EQ(outline(read(step(1, 5) + step(2, 4) + validation(2, 0.5) + step(3, 3) + step(4, 3) +
                           validation(4, 0.6) + step(3, 2) + step(4, 1) + validation(4, 0.7))),
              "s1=5 s2=4 s3=2 s4=1 v2=0.5 v4=0.7 ");
    EXPECT_EQ(outline(read(step(1, 5) + step(2, 4) + validation(2, 0.5) + validation(2, 0.6))),
              "s1=5 s2=4 v2=0.6 ");
}

TEST_F(RunMetricsTest, CountsDamagedLinesAndReadsOthers) {
    const RunMetrics run = read("nonsense\n\n[1]\n" + step(1, 5) + R"({"kind":"step","step":-1})" + "\n" +
                                R"({"kind":"later"})" + "\n" + step(2, 4));
    EXPECT_EQ(outline(run), "s1=5 s2=4 ");
    EXPECT_EQ(run.damaged_lines, 3u);
}

TEST_F(RunMetricsTest, TakesWhatTheContractLeavesOut) {
    const RunMetrics run =
        read(step(1, 5) + R"({"kind":"val","epoch":1,"loss":null,"top1":0.5,"ema":{"top1":0.75}})" + "\r\n");
    ASSERT_EQ(run.validations.size(), 1u);
    EXPECT_EQ(run.validations[0].step, 1u);
    EXPECT_TRUE(std::isnan(run.validations[0].values.at("loss")));
    EXPECT_EQ(run.validations[0].values.at("ema_top1"), 0.75);
}

TEST_F(RunMetricsTest, SaysThatThereIsNoLog) {
    EXPECT_THAT(test::message_of<ReportError>([&] { read_run_metrics(folder_ / "none/metrics.jsonl"); }),
                testing::HasSubstr("none/metrics.jsonl"));
    EXPECT_EQ(read("").steps_per_epoch(), 0);
}

}  // namespace
}  // namespace vkm::train
