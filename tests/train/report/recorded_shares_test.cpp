#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>
#include <train/report/append_file.h>
#include <train/report/metrics_log.h>
#include <train/report/recorded_shares.h>

#include <fstream>

namespace vkm::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RecordedSharesTest : public testing::Test {
  protected:
    const test::TemporaryFolder folder;
    const std::filesystem::path path = folder / "metrics.jsonl";
};

TEST_F(RecordedSharesTest, AreWhatWasLogged) {
    {
        MetricsLog log(path);
        log.write(SharesFrom{0, {8, 8}}, {});
        log.write(StepMetrics{.step = 1, .loss = 1});
        log.write(SharesFrom{12, {11, 5}}, {220.5, 99});
    }
    EXPECT_THAT(read_recorded_shares(path), ElementsAre(SharesFrom{0, {8, 8}}, SharesFrom{12, {11, 5}}));
    EXPECT_THAT(test::file_content(path), HasSubstr(R"("device_images_per_second":[220.5,99.0])"));
}

TEST_F(RecordedSharesTest, ARunThatWentOnEarlierReplacesWhatItHadDone) {
    {
        MetricsLog log(path);
        log.write(SharesFrom{0, {8, 8}}, {});
        log.write(SharesFrom{12, {11, 5}}, {});
        log.write(SharesFrom{30, {12, 4}}, {});
    }
    MetricsLog resumed(path, 20);
    resumed.write(SharesFrom{20, {11, 5}}, {});  // as they were
    resumed.write(SharesFrom{25, {9, 7}}, {});
    EXPECT_THAT(read_recorded_shares(path),
                ElementsAre(SharesFrom{0, {8, 8}}, SharesFrom{12, {11, 5}}, SharesFrom{25, {9, 7}}));
}

TEST_F(RecordedSharesTest, ARunOnOneDeviceHasNone) {
    MetricsLog(path).write(StepMetrics{.step = 1, .loss = 1});
    EXPECT_THAT(read_recorded_shares(path), IsEmpty());
}

TEST_F(RecordedSharesTest, HalfALineIsDamageWhereAnotherFollows) {
    const std::string half = R"({"kind":"shares","step":2,"sha)", whole = R"({"kind":"step","step":1})";
    std::ofstream(path) << whole << "\n" << half;
    EXPECT_THAT(read_recorded_shares(path), IsEmpty()) << "as a run that was killed leaves it";
    std::ofstream(path) << whole << "\n" << half << "\n" << whole << "\n";
    EXPECT_THAT(test::message_of<ReportError>([&] { read_recorded_shares(path); }), HasSubstr("line 2"));
}

TEST_F(RecordedSharesTest, DamageIsNamedByItsLine) {
    std::ofstream(path) << R"({"kind":"step","step":1})"
                        << "\n"
                        << R"({"kind":"shares","step":2,"shares":"8"})"
                        << "\n";
    EXPECT_THAT(test::message_of<ReportError>([&] { read_recorded_shares(path); }), HasSubstr("line 2"));
    EXPECT_THAT(test::message_of<ReportError>([&] { read_recorded_shares(folder / "none"); }),
                HasSubstr("name the directory of a run"));
}

TEST_F(RecordedSharesTest, NameTheDevicesThatTheRunBeganWith) {
    {
        MetricsLog log(path);
        log.write(SharesFrom{0, {8, 8}}, {}, {"a", "b"});
        log.write(SharesFrom{12, {16}}, {}, {"a", "b"});  // one was lost
    }
    EXPECT_THAT(read_recorded_shares(path), ElementsAre(SharesFrom{0, {8, 8}}, SharesFrom{12, {16}}));
    EXPECT_THAT(read_recorded_devices(path), ElementsAre("a", "b"));
    {
        MetricsLog log(folder / "older.jsonl");
        log.write(SharesFrom{0, {8, 8}}, {});
    }
    EXPECT_THAT(read_recorded_devices(folder / "older.jsonl"), IsEmpty());
}

}  // namespace
}  // namespace vkm::train
