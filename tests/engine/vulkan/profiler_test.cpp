#include <engine/vulkan/profiler.h>

#include <gtest/gtest.h>

namespace vkm::engine {
namespace {

std::vector<DispatchTime> parted(std::vector<DispatchTime> times) {
    part_overlaps(times);
    return times;
}

DispatchTime time(double start, double microseconds) {
    return {.label = "", .kernel = "", .start = start, .microseconds = microseconds};
}

TEST(ProfilerTest, DispatchesThatFollowEachOtherKeepTheirTimes) {
    const auto times = parted({time(0, 5), time(7, 2)});
    EXPECT_EQ(times[0].microseconds, 5);
    EXPECT_EQ(times[1].start, 7);
    EXPECT_EQ(times[1].microseconds, 2);
}

TEST(ProfilerTest, AMomentCountsOnce) {
    const auto times = parted({time(0, 10), time(1, 14), time(2, 3), time(3, 13)});
    EXPECT_EQ(times[0].microseconds, 10);
    EXPECT_EQ(times[1].start, 10);
    EXPECT_EQ(times[1].microseconds, 5);
    EXPECT_EQ(times[2].microseconds, 0) << "over before the one before it";
    EXPECT_EQ(times[3].start, 15);
    EXPECT_EQ(times[3].microseconds, 1);
}

}  // namespace
}  // namespace vkm::engine
