#include <bench/disturbance.h>

#include <gtest/gtest.h>

namespace vkm::bench {
namespace {

ProcessorTimes times(double all, double busy, double mine, double stolen = 0) {
    return {.all = all, .busy = busy, .mine = mine, .stolen = stolen};
}

TEST(DisturbanceTest, WhatIsUsualIsAQuickTimeAndNotTheMiddle) {
    DisturbanceWatch watch;
    for (const double us : {150.0, 150.0, 150.0, 150.0, 100.0, 100.0, 101.0})
        watch.look(us, {});
    EXPECT_NEAR(watch.between(0, 1).slower, 0.49, 0.02) << "slow for most of the run";
    EXPECT_LT(watch.between(4, 6).slower, 0.02);
    EXPECT_NEAR(watch.between(3, 4).slower, 0.49, 0.02) << "slow on one side";
}

TEST(DisturbanceTest, ProcessorsAreOthersWhereThisProcessDoesNotHaveThem) {
    DisturbanceWatch watch;
    watch.look(100, times(1000, 500, 20));
    watch.look(100, times(1010, 508, 25, 1));
    EXPECT_NEAR(watch.between(0, 1).others, 0.3, 1e-9);
    EXPECT_NEAR(watch.between(0, 1).stolen, 0.1, 1e-9);
    EXPECT_EQ(in_words(watch.between(0, 1)), "0 % slower, 30 % of the cores for others, 10 % stolen");
}

TEST(DisturbanceTest, ThisProcessMayHaveMoreThanTheSystemHasCountedYet) {
    EXPECT_EQ(disturbance_between(times(10, 5, 1), times(11, 5, 1.5)), Disturbance{});
    EXPECT_EQ(disturbance_between(times(10, 5, 1), times(10, 5, 1)), Disturbance{});
}

TEST(DisturbanceTest, OtherProgramsDisturbWhatIsMeasuredOnTheProcessors) {
    const Disturbance busy{.slower = 0.01, .others = 0.2};
    EXPECT_TRUE(is_disturbed(busy, 0.05, true));
    EXPECT_FALSE(is_disturbed(busy, 0.05, false)) << "a GPU has its own";
    EXPECT_TRUE(is_disturbed({.slower = 0.06}, 0.05, false));
    EXPECT_FALSE(is_disturbed({}, 0.05, true));
}

}  // namespace
}  // namespace vkm::bench
