#include <engine/error.h>
#include <train/share_balance.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <array>
#include <cmath>

namespace vkm::train {
namespace {

using graph::DeviceWork;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = SharePolicy::Kind;

TEST(SharesInProportionTest, FollowTheSpeedsWithinOneUnit) {
    for (const int64_t batch : {2, 3, 7, 64, 131, 1021})
        for (const std::vector<double>& speeds :
             {std::vector<double>{1, 1}, {3, 1}, {1, 3}, {0.001, 900}, {1.5, 2.5}})
            for (const int64_t unit : {1, 2, 3}) {
                if (batch < 2 * unit) continue;
                SCOPED_TRACE(testing::Message()
                             << batch << " by " << speeds[0] << ":" << speeds[1] << " in " << unit);
                const std::vector<Share> shares = split_batch(batch, speeds, unit);
                ASSERT_THAT(shares, SizeIs(2));
                EXPECT_EQ(shares[0].first, 0);
                EXPECT_EQ(shares[1].first, shares[0].count);
                EXPECT_EQ(shares[0].count + shares[1].count, batch);
                EXPECT_EQ(shares[0].count % unit, 0);
                EXPECT_GE(shares[0].count, unit);
                EXPECT_GE(shares[1].count, unit);
                const double exact = static_cast<double>(batch) * speeds[0] / (speeds[0] + speeds[1]);
                const auto most = static_cast<double>(unit);
                if (exact >= most && static_cast<double>(batch) - exact >= most) {
                    EXPECT_NEAR(static_cast<double>(shares[0].count), exact, most);
                }
            }
}

TEST(SharesInProportionTest, AreThoseOfEqualDevicesWhereSpeedsAreEqual) {
    for (const int64_t batch : {5, 13, 64, 1021})
        EXPECT_EQ(split_batch(batch, std::vector<double>(5, 0.7)), split_batch(batch, 5));
}

TEST(SharesInProportionTest, TheSlowestOfManyStillGetsASample) {
    std::vector<double> speeds(7, 1e-9);
    speeds[3] = 1e9;
    const std::vector<int64_t> counts = counts_of(split_batch(8, speeds));
    EXPECT_THAT(counts, ElementsAre(1, 1, 1, 2, 1, 1, 1));
}

/// Stands for devices whose steps take a time for themselves, and one for each image.
struct Machine {
    std::vector<double> seconds_an_image, seconds_a_step;

    /// Makes steps, and returns what was done in all.
    std::vector<DeviceWork> run(uint64_t steps, const std::vector<Share>& shares) {
        for (size_t i = 0; i < shares.size(); ++i) {
            work[i].steps += steps;
            work[i].seconds +=
                static_cast<double>(steps) *
                (seconds_a_step[i] + static_cast<double>(shares[i].count) * seconds_an_image[i]);
        }
        return work;
    }
    std::vector<DeviceWork> work = std::vector<DeviceWork>(seconds_an_image.size());
};

// Makes `steps` steps one by one, and returns how often shares changed. Counters begin anew where they do.
int run(ShareBalance& balance, Machine& machine, int64_t& step, int steps) {
    int changes = 0;
    for (int i = 0; i < steps; ++i) {
        machine.run(1, balance.shares());
        if (!balance.after(++step, machine.work)) continue;
        ++changes;
        machine.work.assign(machine.work.size(), {});
    }
    return changes;
}

TEST(ShareBalanceTest, ADeviceThreeTimesSlowerGetsAThirdWithinTwentySteps) {
    ShareBalance balance({.kind = Kind::measured}, 128, 2, 1);
    EXPECT_EQ(balance.begin(), split_batch(128, 2));
    Machine machine{{0.001, 0.003}, {0, 0}};
    int64_t step = 0;
    EXPECT_EQ(run(balance, machine, step, 20), 1);
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(96, 32));
    EXPECT_THAT(balance.speeds(), ElementsAre(testing::DoubleNear(1000, 1), testing::DoubleNear(333.3, 1)));
    EXPECT_EQ(run(balance, machine, step, 100), 0) << "what is balanced stays as it is";
}

TEST(ShareBalanceTest, ClosesInWhereStepsHaveATimeOfTheirOwn) {
    ShareBalance balance({.kind = Kind::measured}, 128, 2, 1);
    balance.begin();
    Machine machine{{0.001, 0.004}, {0.02, 0.001}};
    int64_t step = 0;
    run(balance, machine, step, 100);
    const std::vector<int64_t> counts = counts_of(balance.shares());
    const double first = 0.02 + 0.001 * static_cast<double>(counts[0]);
    const double second = 0.001 + 0.004 * static_cast<double>(counts[1]);
    EXPECT_NEAR(first / second, 1, 0.1);
}

/// Returns the time of the shortest step that three devices can make of a batch, by trying all ways to split it.
double shortest_step(const Machine& machine, int64_t batch) {
    const auto seconds = [&](size_t i, int64_t images) {
        return machine.seconds_a_step[i] + machine.seconds_an_image[i] * static_cast<double>(images);
    };
    double shortest = INFINITY;
    for (int64_t first = 1; first < batch - 1; ++first)
        for (int64_t second = 1; first + second < batch; ++second)
            shortest = std::min(shortest, std::max({seconds(0, first), seconds(1, second),
                                                    seconds(2, batch - first - second)}));
    return shortest;
}

TEST(ShareBalanceTest, TheSecondMeasurementFindsTheShortestStep) {
    for (const Machine& devices :
         {Machine{{0.0015, 0.03, 0.03}, {0.01, 0.06, 0.06}}, Machine{{0.001, 0.001, 0.001}, {0.04, 0.0, 0.1}},
          Machine{{0.001, 0.002, 0.003}, {0.03, 0.01, 0.005}},
          Machine{{0.02, 0.0001, 0.3}, {0.0, 0.07, 1.0}}}) {
        Machine machine = devices;
        ShareBalance balance({.kind = Kind::measured}, 131, 3, 1);
        balance.begin();
        int64_t step = 0;
        run(balance, machine, step, 20);
        machine.work.assign(3, {});
        double seconds = 0;
        for (const DeviceWork& work : machine.run(1, balance.shares()))
            seconds = std::max(seconds, work.seconds);
        EXPECT_LT(seconds, ShareBalance::least_gain * shortest_step(devices, 131));
    }
}

TEST(ShareBalanceTest, ADeviceThatThrottlesGetsLess) {
    ShareBalance balance({.kind = Kind::measured}, 64, 2, 1);
    balance.begin();
    Machine machine{{0.001, 0.001}, {0, 0}};
    int64_t step = 0;
    EXPECT_EQ(run(balance, machine, step, 50), 0);
    machine.seconds_an_image[0] = 0.003;
    run(balance, machine, step, 50);
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(16, 48));
}

TEST(ShareBalanceTest, KeepsPairsTogether) {
    ShareBalance balance({.kind = Kind::measured}, 26, 2, 2);
    balance.begin();
    Machine machine{{0.001, 0.0017}, {0, 0}};
    int64_t step = 0;
    run(balance, machine, step, 40);
    for (const Share& share : balance.shares())
        EXPECT_EQ(share.count % 2, 0);
}

TEST(ShareBalanceTest, WhatDoesNotFitIsNotTriedAgain) {
    ShareBalance balance({.kind = Kind::measured}, 64, 2, 1);
    balance.begin();
    Machine machine{{0.001, 0.005}, {0, 0}};
    int64_t step = 0;
    ASSERT_EQ(run(balance, machine, step, 12), 1);
    balance.keep(split_batch(64, 2));
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(32, 32));
    EXPECT_EQ(run(balance, machine, step, 60), 0);
}

TEST(ShareBalanceTest, ADeviceGetsNoMoreThanItMay) {
    ShareBalance balance({.kind = Kind::measured}, 64, 3, 2);
    balance.begin();
    balance.limit(1, 5);
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(30, 4, 30)) << "in pairs";
    Machine machine{{0.003, 0.0001, 0.001}, {0, 0, 0}};
    int64_t step = 0;
    run(balance, machine, step, 60);
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(14, 4, 46)) << "however quick it is";
    balance.limit(2, 40);
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(20, 4, 40));
    EXPECT_THAT(test::message_of<OutOfDeviceMemory>([&] { balance.limit(0, 9); }),
                HasSubstr("--batch-size 52 or less"));
}

TEST(ShareBalanceTest, WithoutADeviceTheOthersShareWhatItHad) {
    ShareBalance balance({.kind = Kind::given, .speeds = {4, 1, 2}}, 14, 3, 1);
    balance.begin();
    balance.drop(std::array<size_t, 1>{0});
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(5, 9));
}

TEST(ShareBalanceTest, ARecordIsFollowedToTheStep) {
    ShareBalance balance({.kind = Kind::recorded, .record = {{0, {8, 8}}, {12, {11, 5}}, {40, {10, 6}}}}, 16,
                         2, 1);
    EXPECT_THAT(counts_of(balance.begin()), ElementsAre(8, 8));
    const std::vector<DeviceWork> work(2);
    for (int64_t step = 1; step < 60; ++step) {
        const auto shares = balance.after(step, work);
        EXPECT_EQ(shares.has_value(), step == 12 || step == 40) << step;
    }
    EXPECT_THAT(counts_of(balance.shares()), ElementsAre(10, 6));
    EXPECT_THAT(counts_of(balance.go_on(25, {})), ElementsAre(11, 5)) << "of a run that goes on in between";
}

TEST(ShareBalanceTest, ARunGoesOnWithTheSharesItHad) {
    ShareBalance balance({.kind = Kind::measured}, 16, 2, 1);
    EXPECT_THAT(counts_of(balance.go_on(25, std::vector<int64_t>{12, 4})), ElementsAre(12, 4));
    EXPECT_THAT(counts_of(balance.go_on(25, std::vector<int64_t>{12, 5})), ElementsAre(8, 8))
        << "of another batch";
    EXPECT_THAT(counts_of(balance.go_on(25, {})), ElementsAre(8, 8));
}

TEST(ShareBalanceTest, ARecordOfOtherDevicesOrAnotherBatchIsRefusedSayingSo) {
    const std::vector<SharesFrom> record{{0, {8, 8}}};
    const auto begin = [&](int64_t batch, size_t devices) {
        return test::message_of<Error>(
            [&] { ShareBalance({.kind = Kind::recorded, .record = record}, batch, devices, 1).begin(); });
    };
    EXPECT_THAT(begin(16, 3), HasSubstr("over 2 devices (8 + 8), and this run has a batch of 16 and 3"));
    EXPECT_THAT(begin(32, 2), HasSubstr("--batch-size"));
    EXPECT_THAT(test::message_of<Error>([] { ShareBalance({.kind = Kind::recorded}, 16, 2, 1).begin(); }),
                HasSubstr("a run on one device"));
    EXPECT_THAT(test::message_of<Error>([] {
                    ShareBalance({.kind = Kind::given, .speeds = {1, 2, 3}}, 16, 2, 1).begin();
                }),
                HasSubstr("3 shares are given for 2 devices"));
}

TEST(ShareBalanceTest, OneDeviceHasNothingToShare) {
    ShareBalance balance({.kind = Kind::measured}, 16, 1, 1);
    EXPECT_THAT(counts_of(balance.begin()), ElementsAre(16));
    EXPECT_FALSE(balance.after(100, std::vector<DeviceWork>{{100, 3.0}}));
}

}  // namespace
}  // namespace vkm::train
