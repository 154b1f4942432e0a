#include <base/random.h>

#include <gtest/gtest.h>

#include <array>

namespace vkm::train {
namespace {

TEST(RandomTest, SequenceDependsOnEveryPartOfTheKey) {
    const auto first = [](RandomStream stream, std::initializer_list<uint64_t> key) {
        return Random(stream, key).bits();
    };
    const uint64_t base = first(RandomStream::shuffle, {1, 2, 3});
    EXPECT_EQ(base, first(RandomStream::shuffle, {1, 2, 3}));
    EXPECT_NE(base, first(RandomStream::synthetic, {1, 2, 3}));
    EXPECT_NE(base, first(RandomStream::shuffle, {0, 2, 3}));
    EXPECT_NE(base, first(RandomStream::shuffle, {1, 3, 2}));
    EXPECT_NE(base, first(RandomStream::shuffle, {1, 2}));
}

TEST(RandomTest, SequenceIsTheSameOnEveryMachine) {
    Random random(RandomStream::shuffle, {42, 7});
    EXPECT_EQ(random.bits(), 8695453028473918348u);
    EXPECT_EQ(random.bits(), 4270856094850926149u);
}

TEST(RandomTest, UniformStaysInRangeAndHasItsMoments) {
    Random random(RandomStream::synthetic, {5});
    double sum = 0, squares = 0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        const double x = random.uniform();
        ASSERT_GE(x, 0);
        ASSERT_LT(x, 1);
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / draws, 0.5, 0.005);
    EXPECT_NEAR(squares / draws, 1.0 / 3, 0.005);
}

TEST(RandomTest, BelowIsUniform) {
    Random random(RandomStream::synthetic, {6});
    constexpr int draws = 70'000;
    std::array<int, 7> counts{};
    for (int i = 0; i < draws; ++i)
        ++counts.at(random.below(7));
    for (const int count : counts)
        EXPECT_NEAR(count, draws / 7, 400);
    EXPECT_EQ(random.below(1), 0u);
}

}  // namespace
}  // namespace vkm::train
