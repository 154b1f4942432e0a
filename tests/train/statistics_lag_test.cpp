#include <train/statistics_lag.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::train {
namespace {

using testing::HasSubstr;

StatisticsLag after_steps(double loss, double top1) {
    StatisticsLag lag;
    for (int i = 0; i < 100; ++i)
        lag.take_step(i < 50 ? 9 : loss, i < 50 ? 0 : top1);
    return lag;
}

TEST(StatisticsLagTest, AValidationFarBehindTrainingIsSuspected) {
    EXPECT_TRUE(after_steps(0.5, 0.8).is_suspected({.loss = 3, .top1 = 0.2}));
    EXPECT_FALSE(after_steps(0.5, 0.8).is_suspected({.loss = 0.6, .top1 = 0.75}));
    EXPECT_FALSE(after_steps(2, 0.3).is_suspected({.loss = 1.5, .top1 = 0.1}));
    EXPECT_FALSE(StatisticsLag().is_suspected({.loss = 3, .top1 = 0.2}));
}

TEST(StatisticsLagTest, ItLooksAFewTimesOnly) {
    StatisticsLag lag = after_steps(0.5, 0.8);
    int looks = 0;
    for (int i = 0; i < 10; ++i)
        looks += lag.is_suspected({.loss = 3, .top1 = 0.2});
    EXPECT_EQ(looks, 3);
}

TEST(StatisticsLagTest, StatisticsThatHelpAreTheReasonAndAreSaidOnce) {
    StatisticsLag lag = after_steps(0.5, 0.8);
    const auto said = lag.take_estimated({.loss = 3, .top1 = 0.2}, {.loss = 0.7, .top1 = 0.75}, 50, 0.01);
    ASSERT_TRUE(said);
    EXPECT_THAT(*said, AllOf(HasSubstr("lag behind"), HasSubstr("--recalibrate-bn 50"),
                             HasSubstr("--bn-momentum 0.1 "), HasSubstr("--freeze bn")));
    EXPECT_FALSE(lag.is_suspected({.loss = 3, .top1 = 0.2}));
}

TEST(StatisticsLagTest, OverfittingIsNoLag) {
    StatisticsLag lag = after_steps(0.1, 1);
    EXPECT_FALSE(lag.take_estimated({.loss = 3, .top1 = 0.4}, {.loss = 2.9, .top1 = 0.42}, 50, 0.1));
}

}  // namespace
}  // namespace vkm::train
