#include "train/support/tiny_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::train {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Kind = SharePolicy::Kind;

/// Trains the tiny network on two and three devices whose shares change.
class TrainerSharesTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
    }

    /// Returns a run of six steps of seven images, split as this.
    static TrainerOptions training(SharePolicy shares) {
        TrainerOptions options = test::tiny_training({});
        options.shares = std::move(shares);
        return options;
    }
    static SharePolicy recorded(std::vector<SharesFrom> record) {
        return {.kind = Kind::recorded, .record = std::move(record)};
    }
};

TEST_F(TrainerSharesTest, ARunIsRepeatableFromItsRecord) {
    const SharePolicy shares = recorded({{0, {4, 3}}, {2, {5, 2}}, {5, {2, 5}}});
    const test::TemporaryFolder first, second;
    TrainerOptions options = training(shares);
    options.recipe.accumulation = 2;
    test::TinyRun runs[2];
    for (size_t i = 0; i < 2; ++i) {
        options.out = (i == 0 ? first : second).path();
        options.recipe.epochs = 6;
        runs[i].go(options, 2);
        options.shares = recorded(runs[i].shares);  // as the first one told
    }
    EXPECT_THAT(runs[0].shares, ElementsAre(SharesFrom{0, {4, 3}}, SharesFrom{2, {5, 2}}, SharesFrom{5, {2, 5}}));
    EXPECT_EQ(runs[1].shares, runs[0].shares);
    EXPECT_EQ(test::kept_by(second.path()), test::kept_by(first.path()));
}

TEST_F(TrainerSharesTest, ARunWhoseSharesChangeGoesOnBitForBit) {
    const TrainerOptions options = training(recorded({{0, {4, 3}}, {2, {5, 2}}, {4, {2, 5}}}));
    for (const int64_t stop : {1, 2, 3, 5})
        test::expect_resumes(options, stop, 6, 2);
}

TEST_F(TrainerSharesTest, MeasuredSharesSayWhatTheyAre) {
    const test::TemporaryFolder folder;
    TrainerOptions options = training({.kind = Kind::measured});
    options.out = folder.path();
    options.recipe.epochs = 20;
    test::TinyRun run;
    run.go(options, 2);
    ASSERT_FALSE(run.shares.empty());
    EXPECT_EQ(run.shares.front(), (SharesFrom{0, {4, 3}}));
    EXPECT_EQ(read_position(folder / "checkpoint").shares, run.shares.back().counts);
    EXPECT_EQ(read_position(folder / "checkpoint").run.at("split over devices"), "over 2, as measured");
    EXPECT_THAT(run.steps, SizeIs(40));
    EXPECT_THAT(run.messages, IsEmpty());
}

TEST_F(TrainerSharesTest, OneDeviceTellsNoShares) {
    const test::TemporaryFolder folder;
    TrainerOptions options = training({.kind = Kind::measured});
    options.out = folder.path();
    test::TinyRun run;
    run.go(options);
    EXPECT_THAT(run.shares, IsEmpty());
    EXPECT_EQ(read_position(folder / "checkpoint").run.at("split over devices"), "7");
}

}  // namespace
}  // namespace vkm::train
