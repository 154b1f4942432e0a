#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/limits.h>
#include <support/temporary_folder.h>
#include <train/report/metrics_log.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <sstream>

namespace vkm::train {
namespace {

using test::file_content;
using test::message_of;
using testing::HasSubstr;

StepMetrics step(uint64_t number) {
    return {number, number / 3, 1.0 / static_cast<double>(number), 0.1, 100};
}

/// Returns the log's rows as "s1 s2 v2 …".
std::string outline(const std::filesystem::path& path) {
    std::istringstream lines(file_content(path));
    std::string line, all;
    while (std::getline(lines, line)) {
        const auto object = nlohmann::json::parse(line);
        all +=
            (all.empty() ? "" : " ") + object["kind"].get<std::string>().substr(0, 1) + object["step"].dump();
    }
    return all;
}

class MetricsLogTest : public testing::Test {
  protected:
    /// Writes steps 1 to 6 with a validation after 2, 4 and 6.
    void write_run() const {
        MetricsLog log(path);
        for (uint64_t i = 1; i <= 6; ++i) {
            log.write(step(i));
            if (i % 2 == 0) log.write(ValidationMetrics{.step = i, .epoch = i / 2});
        }
    }

    const test::TemporaryFolder folder;
    const std::filesystem::path path = folder / "metrics.jsonl";
};

TEST_F(MetricsLogTest, WritesTheContractsFields) {
    MetricsLog log(path);
    log.write(StepMetrics{1, 0, 2.5, 0.05, 590.25, {}});
    log.write(StepMetrics{2, 0, 2.5, 0.05, 590.25, 0.25, StepMetrics::MixedPrecision{32768, 1}});
    log.write(StepMetrics{.step = 3, .loss = 2.5, .data_wait = 0.25});
    log.write(ValidationMetrics{1, 0, 2.25, 0.5, 0.75});
    EXPECT_EQ(
        file_content(path),
        R"({"kind":"step","step":1,"epoch":0,"loss":2.5,"lr":0.05,"images_per_second":590.25})"
        "\n"
        R"({"kind":"step","step":2,"epoch":0,"loss":2.5,"lr":0.05,"images_per_second":590.25,)"
        R"("top1":0.25,"loss_scale":32768.0,"skipped_steps":1})"
        "\n"
        R"({"kind":"step","step":3,"epoch":0,"loss":2.5,"lr":0.0,"images_per_second":0.0,"data_wait":0.25})"
        "\n"
        R"({"kind":"val","step":1,"epoch":0,"loss":2.25,"top1":0.5,"top5":0.75})"
        "\n");
}

TEST_F(MetricsLogTest, KeepsEveryDigitAndWritesNullForNaN) {
    MetricsLog log(path);
    log.write(StepMetrics{1, 0, 0.1 + 0.2, 1e-300, std::numeric_limits<double>::quiet_NaN(), {}});
    const auto object = nlohmann::json::parse(file_content(path));
    EXPECT_EQ(object["loss"].get<double>(), 0.1 + 0.2);
    EXPECT_EQ(object["lr"].get<double>(), 1e-300);
    EXPECT_TRUE(object["images_per_second"].is_null());
}

TEST_F(MetricsLogTest, IsReadableAfterEveryLine) {
    MetricsLog log(path);
    log.write(step(1));
    EXPECT_EQ(outline(path), "s1");
    log.write(step(2));
    EXPECT_EQ(outline(path), "s1 s2");
}

TEST_F(MetricsLogTest, RefusesToStartOverAnExistingLog) {
    write_run();
    EXPECT_THAT(message_of<ReportError>([&] { MetricsLog log(path); }), HasSubstr("resume that run"));
    EXPECT_EQ(outline(path), "s1 s2 v2 s3 s4 v4 s5 s6 v6");
}

TEST_F(MetricsLogTest, ResumingDropsLaterLines) {
    write_run();
    MetricsLog log(path, 3);
    EXPECT_EQ(outline(path), "s1 s2 v2 s3");
    log.write(step(4));
    EXPECT_EQ(outline(path), "s1 s2 v2 s3 s4");
}

TEST_F(MetricsLogTest, ResumingAtTheEndOrTheStartKeepsAllOrNothing) {
    write_run();
    { MetricsLog log(path, 6); }
    EXPECT_EQ(outline(path), "s1 s2 v2 s3 s4 v4 s5 s6 v6");
    { MetricsLog log(path, 0); }
    EXPECT_EQ(file_content(path), "");
}

TEST_F(MetricsLogTest, ResumingDoesNotRepeatAValidation) {
    write_run();
    MetricsLog log(path, 4);
    log.write(ValidationMetrics{.step = 4, .epoch = 2});
    log.write(step(5));
    log.write(ValidationMetrics{.step = 5, .epoch = 2});
    EXPECT_EQ(outline(path), "s1 s2 v2 s3 s4 v4 s5 v5");
}

TEST_F(MetricsLogTest, TheLastStepsRateIsKept) {
    write_run();
    EXPECT_EQ(MetricsLog(path, 6).images_per_second(), 100);
    EXPECT_FALSE(MetricsLog(path, 0).images_per_second());
}

TEST_F(MetricsLogTest, ResumingDropsALineThatACrashCutShort) {
    write_run();
    const std::string whole = file_content(path);
    test::write_content(path, whole + R"({"kind":"step","st)");
    MetricsLog log(path, 100);
    EXPECT_EQ(file_content(path), whole);
}

TEST_F(MetricsLogTest, ResumingNamesADamagedLine) {
    for (const char* damage :
         {"nonsense", "{}", "[1]", R"({"kind":"step","step":-1})", R"({"kind":1,"step":1})"}) {
        test::write_content(path, R"({"kind":"step","step":1})" + ("\n" + std::string(damage) + "\n"));
        EXPECT_THAT(message_of<ReportError>([&] { MetricsLog log(path, 9); }),
                    HasSubstr("metrics.jsonl: line 2 is damaged"));
    }
}

TEST_F(MetricsLogTest, ResumingWithoutALogStartsOne) {
    MetricsLog log(path, 5);
    log.write(step(6));
    EXPECT_EQ(outline(path), "s6");
}

TEST_F(MetricsLogTest, TakesBackALineThatTheDiskCutShort) {
    MetricsLog log(path);
    log.write(step(1));
    const std::string before = file_content(path);
    std::string message;
    {
        const test::FileSizeLimit limit(before.size() + 10);
        message = message_of<ReportError>([&] { log.write(step(2)); });
    }
    EXPECT_THAT(message, HasSubstr("free some space"));
    EXPECT_EQ(file_content(path), before);
    log.write(step(2));
    EXPECT_EQ(outline(path), "s1 s2");
}

TEST_F(MetricsLogTest, NamesAFolderThatIsAbsent) {
    EXPECT_THAT(message_of<ReportError>([&] { MetricsLog log(folder / "none/metrics.jsonl"); }),
                HasSubstr("none/metrics.jsonl: cannot be opened"));
}

}  // namespace
}  // namespace vkm::train
