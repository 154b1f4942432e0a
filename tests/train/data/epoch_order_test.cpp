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

/// Returns 0 .. size - 1 as a data set may lie.
std::vector<uint32_t> lying(size_t size) {
    std::vector<uint32_t> order = in_order(size);
    std::reverse(order.begin(), order.end());
    return order;
}

TEST(WindowedOrderTest, VisitsEverySampleOnceWindowByWindow) {
    constexpr size_t size = 1009, window = 100;
    const std::vector<uint32_t> lie = lying(size);
    const WindowedOrder order = windowed_epoch_order(lie, window, 3, 4);
    std::vector<uint32_t> sorted = order.visits;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, in_order(size));
    std::vector<uint32_t> windows;
    for (size_t begin = 0; begin < size;) {
        const uint32_t first = order.lying[begin];
        const auto place = static_cast<size_t>(std::find(lie.begin(), lie.end(), first) - lie.begin());
        ASSERT_EQ(place % window, 0u);
        const size_t count = std::min(window, size - place);
        const auto visits = std::span(order.visits).subspan(begin, count);
        EXPECT_TRUE(std::equal(lie.begin() + static_cast<ptrdiff_t>(place),
                               lie.begin() + static_cast<ptrdiff_t>(place + count),
                               order.lying.begin() + static_cast<ptrdiff_t>(begin)));
        EXPECT_TRUE(std::is_permutation(visits.begin(), visits.end(),
                                        order.lying.begin() + static_cast<ptrdiff_t>(begin)));
        windows.push_back(static_cast<uint32_t>(place / window));
        begin += count;
    }
    EXPECT_FALSE(std::is_sorted(windows.begin(), windows.end()));
    EXPECT_NE(order.visits, order.lying);
}

TEST(WindowedOrderTest, IsKeyedBySeedAndEpoch) {
    const std::vector<uint32_t> lie = lying(50);
    const std::vector<uint32_t> order = windowed_epoch_order(lie, 7, 3, 4).visits;
    EXPECT_EQ(order, windowed_epoch_order(lie, 7, 3, 4).visits);
    EXPECT_NE(order, windowed_epoch_order(lie, 7, 3, 5).visits);
    EXPECT_NE(order, windowed_epoch_order(lie, 7, 4, 4).visits);
    EXPECT_NE(order, windowed_epoch_order(lie, 8, 3, 4).visits);
}

TEST(WindowedOrderTest, OneWindowIsVisitedAsIfSamplesLayInAnyOrder) {
    for (const size_t window : {50, 51, 8192})
        EXPECT_EQ(windowed_epoch_order(lying(50), window, 3, 4).visits, epoch_order(50, true, 3, 4));
}

TEST(EpochOrderTest, HandlesTheSmallestSets) {
    EXPECT_TRUE(epoch_order(0, true, 0, 0).empty());
    EXPECT_EQ(epoch_order(1, true, 0, 0), in_order(1));
    EXPECT_TRUE(windowed_epoch_order({}, 1, 0, 0).visits.empty());
    EXPECT_EQ(windowed_epoch_order(in_order(1), 1, 0, 0).visits, in_order(1));
}

}  // namespace
}  // namespace vkm::train
