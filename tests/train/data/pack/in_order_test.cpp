#include <train/data/pack/in_order.h>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace vkm::train {
namespace {

TEST(MakeInOrderTest, TakesItemsInOrderAndHoldsFew) {
    for (const size_t workers : {1, 2, 7}) {
        constexpr size_t ahead = 7;
        std::atomic<size_t> made = 0;
        std::vector<size_t> taken;
        make_in_order(
            101, workers, ahead,
            [&](size_t i) {
                if (i % 3 == 0) std::this_thread::yield();  // workers overtake one another
                ++made;
                return 2 * i;
            },
            [&](size_t i, size_t item) {
                EXPECT_EQ(item, 2 * i);
                taken.push_back(i);
                EXPECT_LE(made, taken.size() + ahead);
            });
        ASSERT_EQ(taken.size(), 101u);
        EXPECT_TRUE(std::is_sorted(taken.begin(), taken.end()));
    }
}

TEST(MakeInOrderTest, NothingIsDoneOfNothing) {
    make_in_order(
        0, 3, 1, [](size_t) { return 1; }, [](size_t, int) { FAIL(); });
}

TEST(MakeInOrderTest, WhatMakingThrowsComesInOrder) {
    size_t taken = 0;
    const auto run = [&] {
        make_in_order(
            100, 4, 8, [](size_t i) { return i == 10 ? throw std::runtime_error("ten") : i; },
            [&](size_t, size_t) { ++taken; });
    };
    EXPECT_THROW(run(), std::runtime_error);
    EXPECT_EQ(taken, 10u);
}

TEST(MakeInOrderTest, WhatTakingThrowsEndsIt) {
    const auto run = [&] {
        make_in_order(
            100, 4, 8, [](size_t i) { return i; },
            [&](size_t i, size_t) {
                if (i == 5) throw std::runtime_error("five");
            });
    };
    EXPECT_THROW(run(), std::runtime_error);
}

}  // namespace
}  // namespace vkm::train
