#include <graph/measure/kernel_check.h>

#include <gtest/gtest.h>

#include <limits>

namespace vkm::graph {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(),
                 nan = std::numeric_limits<double>::quiet_NaN();

double error(std::vector<double> want, std::vector<double> got) {
    return relative_error(want, got, std::vector<double>(want.size()));
}

TEST(KernelCheckTest, AnErrorIsRelativeToTheLargestValue) {
    EXPECT_DOUBLE_EQ(error({1, -4, 2}, {1, -4, 3}), 0.25);
    EXPECT_EQ(relative_error(std::vector{1.0, 2.0}, std::vector{1.0, 3.0}, std::vector{0.0, 1.0}), 0);
}

TEST(KernelCheckTest, AValueThatIsNoNumberIsNeverRight) {
    EXPECT_EQ(error({1, 2, 3}, {nan, 2.001, 3}), inf);
    EXPECT_EQ(error({1, 2, 3}, {1.001, 2, nan}), inf);
    EXPECT_EQ(error({nan, 2}, {1, 2}), inf);
    EXPECT_EQ(error({nan, 2}, {nan, 2}), 0);
}

TEST(KernelCheckTest, WhatOverflowsMustOverflow) {
    EXPECT_EQ(error({inf, 1}, {inf, 1}), 0);
    EXPECT_EQ(error({inf, 1}, {-inf, 1}), inf);
    EXPECT_EQ(error({inf, 1}, {3e38, 1}), inf);
    EXPECT_EQ(error({1, 1}, {inf, 1}), inf);
}

}  // namespace
}  // namespace vkm::graph
