#include "graph/support/operator_test.h"

#include <base/half.h>
#include <graph/measure/half_check.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;

TEST(HalfCheckTest, AsksForTiesBothWays) {
    const std::vector<float> values = hard_to_round();
    EXPECT_EQ(to_half(1 + 0x1p-11f), to_half(1)) << "a tie to an even half below";
    const auto up = [](float v) { return std::abs(from_half(to_half(v))) > std::abs(v); };
    const auto down = [](float v) { return std::abs(from_half(to_half(v))) < std::abs(v); };
    EXPECT_GT(std::ranges::count_if(values, up), 1000);
    EXPECT_GT(std::ranges::count_if(values, down), 1000);
}

TEST(HalfCheckTest, EveryDeviceRoundsToTheNearest) {
    for (const DeviceUnderTest& device : devices_both_ways()) {
        const KernelCheck check = check_half_stores(*device.device);
        EXPECT_TRUE(check.ok) << device.name << ": " << check.message;
    }
}

}  // namespace
}  // namespace vkm::test
