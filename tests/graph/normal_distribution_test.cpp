#include <base/philox.h>
#include <graph/normal_distribution.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numbers>

namespace vkm::graph {
namespace {

TEST(NormalDistributionTest, IsBoxAndMullersTransform) {
    const auto fraction = [](uint32_t high, uint32_t low) {  // of 53 bits
        return static_cast<long double>((uint64_t{high} << 32 | low) >> 11) * 0x1p-53L;
    };
    for (uint32_t i = 0; i < 5000; ++i) {
        const auto random = philox({i, 0, 0, 0}, {1, 2});
        const long double radius = std::sqrt(-2 * std::log(fraction(random[0], random[1]) + 0x1p-53L));
        const long double angle = 2 * std::numbers::pi_v<long double> * fraction(random[2], random[3]);
        const auto [x, y] = box_muller(random);
        EXPECT_NEAR(x, static_cast<double>(radius * std::cos(angle)), 2e-15);
        EXPECT_NEAR(y, static_cast<double>(radius * std::sin(angle)), 2e-15);
    }
}

TEST(NormalDistributionTest, IsFiniteAtTheEndsOfItsRange) {
    const auto [a, b] = box_muller({0, 0, 0, 0});  // the smallest u
    EXPECT_NEAR(a, std::sqrt(2 * 53 * std::numbers::ln2), 1e-14);
    EXPECT_EQ(b, 0);
    const auto [c, d] = box_muller({~0u, ~0u, ~0u, ~0u});  // u = 1
    EXPECT_EQ(std::abs(c), 0);
    EXPECT_EQ(std::abs(d), 0);
}

TEST(NormalDistributionTest, HasTheMomentsOfTheNormalDistribution) {
    constexpr int pairs = 100000;
    double sum = 0, squares = 0, fourths = 0, products = 0;
    for (uint32_t i = 0; i < pairs; ++i) {
        const auto [x, y] = box_muller(philox({i, 1, 0, 0}, {3, 4}));
        sum += x + y;
        squares += x * x + y * y;
        fourths += x * x * x * x + y * y * y * y;
        products += x * y;
    }
    const double n = 2.0 * pairs;  // five standard errors each
    EXPECT_NEAR(sum / n, 0, 5 * std::sqrt(1 / n));
    EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2 / n));
    EXPECT_NEAR(fourths / n, 3, 5 * std::sqrt(96 / n));
    EXPECT_NEAR(products / pairs, 0, 5 * std::sqrt(1.0 / pairs));
}

// The bits themselves, so that a platform on which they differ is found out.
TEST(NormalDistributionTest, GivesTheSameBitsEverywhere) {
    uint64_t mixed = 0;
    for (uint32_t i = 0; i < 1000; ++i)
        for (const double x : box_muller(philox({i, 2, 0, 0}, {5, 6})))
            mixed = (mixed ^ std::bit_cast<uint64_t>(x)) * 0x100000001b3;
    EXPECT_EQ(mixed, 8189920433666269487u);
}

}  // namespace
}  // namespace vkm::graph
