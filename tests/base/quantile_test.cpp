#include <base/quantile.h>

#include <gtest/gtest.h>

namespace vkm {
namespace {

TEST(QuantileTest, TheMedianIsTheMiddleValueOrTheMeanOfTwo) {
    EXPECT_EQ(median({3, 1, 2}), 2);
    EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
    EXPECT_EQ(median({7}), 7);
}

// As numpy.percentile(…) gives them.
TEST(QuantileTest, LiesOnTheLineBetweenNeighbours) {
    const std::vector<double> values{10, 40, 20, 30};
    EXPECT_EQ(quantile(values, 0), 10);
    EXPECT_EQ(quantile(values, 0.25), 17.5);
    EXPECT_EQ(quantile(values, 1), 40);
    EXPECT_DOUBLE_EQ(quantile(values, 0.95), 38.5);
}

TEST(QuantileTest, QuartilesAreHalfOfTheValuesApart) {
    EXPECT_EQ(interquartile_range({1, 2, 3, 4, 5}), 2);
    EXPECT_EQ(interquartile_range({5, 5, 5}), 0);
}

TEST(QuantileTest, OfNothingIsZero) {
    EXPECT_EQ(median({}), 0);
    EXPECT_EQ(interquartile_range({}), 0);
}

}  // namespace
}  // namespace vkm
