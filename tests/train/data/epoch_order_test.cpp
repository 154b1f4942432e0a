#include <train/data/epoch_order.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace vkm::train {
namespace {

std::vector<uint32_t> in_order(size_t size) {
    std::vector<uint32_t> order(size);
    std::iota(order.begin(), order.end(), 0u);
    return order;
}

TEST(EpochOrderTest, IsThePlainOrderUnlessShuffled) {
    EXPECT_EQ(epoch_order(17, false, 3, 4), in_order(17));
}

TEST(EpochOrderTest, ShuffledOrderIsAPermutationKeyedBySeedAndEpoch) {
    const std::vector<uint32_t> order = epoch_order(1009, true, 3, 4);
    EXPECT_EQ(order, epoch_order(1009, true, 3, 4));
    EXPECT_NE(order, epoch_order(1009, true, 3, 5));
    EXPECT_NE(order, epoch_order(1009, true, 4, 4));
    EXPECT_NE(order, in_order(1009));
    std::vector<uint32_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, in_order(1009));
}

TEST(EpochOrderTest, EveryPermutationIsEquallyLikely) {
    std::vector<int> counts(6);
    constexpr int epochs = 12'000;
    for (uint64_t epoch = 0; epoch < epochs; ++epoch) {
        const std::vector<uint32_t> order = epoch_order(3, true, 0, epoch);
        ++counts.at(order[0] * 2 + (order[1] > order[2]));
    }
    for (const int count : counts)
        EXPECT_NEAR(count, epochs / 6, 180);
}

TEST(EpochOrderTest, HandlesTheSmallestSets) {
    EXPECT_TRUE(epoch_order(0, true, 0, 0).empty());
    EXPECT_EQ(epoch_order(1, true, 0, 0), in_order(1));
}

}  // namespace
}  // namespace vkm::train
