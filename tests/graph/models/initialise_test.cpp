#include <graph/models/initialise.h>
#include <graph/weight_layout.h>

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace vkm::graph {
namespace {

ParameterInfo info(std::string name, std::vector<int64_t> shape, WeightLayout layout,
                   Initialiser initialiser) {
    return {.name = std::move(name),
            .torch_shape = std::move(shape),
            .layout = layout,
            .initialiser = initialiser};
}

// Returns mean and variance of all elements but padding.
std::pair<double, double> moments(const ParameterInfo& i, uint64_t seed) {
    double sum = 0, squares = 0;
    const auto values = to_torch(i, initial_value(i, seed));
    for (const double v : values) {
        sum += v;
        squares += v * v;
    }
    const auto n = static_cast<double>(values.size());
    return {sum / n, squares / n};
}

TEST(InitialiseTest, ConvolutionsHaveVarianceTwoOverFanOut) {
    const std::map<int64_t, ParameterInfo> by_fan_out{
        {64 * 9, info("dense", {64, 16, 3, 3}, WeightLayout::dense, Initialiser::kaiming_normal_fan_out)},
        {576, info("pointwise", {576, 96, 1, 1}, WeightLayout::matrix, Initialiser::kaiming_normal_fan_out)},
        {960 * 25,
         info("depthwise", {960, 1, 5, 5}, WeightLayout::depthwise, Initialiser::kaiming_normal_fan_out)}};
    for (const auto& [fan_out, i] : by_fan_out) {
        const auto [mean, variance] = moments(i, 7);
        const double expected = 2.0 / static_cast<double>(fan_out);
        const auto n = static_cast<double>(torch_elements(i));
        EXPECT_NEAR(mean, 0, 5 * std::sqrt(expected / n)) << i.name;
        EXPECT_NEAR(variance, expected, 5 * expected * std::sqrt(2 / n)) << i.name;
    }
}

TEST(InitialiseTest, LinearLayersHaveDeviationOneHundredth) {
    const auto i = info("classifier.3.weight", {1000, 128}, WeightLayout::matrix, Initialiser::normal_001);
    const auto [mean, variance] = moments(i, 7);
    EXPECT_NEAR(mean, 0, 5 * 0.01 / std::sqrt(128000.0));
    EXPECT_NEAR(variance, 1e-4, 5e-4 * std::sqrt(2 / 128000.0));
}

TEST(InitialiseTest, ConstantsAreConstantAndPaddedRowsZero) {
    EXPECT_EQ(initial_value(info("g", {3}, WeightLayout::vector, Initialiser::ones), 1).values,
              (std::vector<double>{1, 1, 1}));
    EXPECT_EQ(initial_value(info("b", {3}, WeightLayout::vector, Initialiser::zeros), 1).values,
              (std::vector<double>{0, 0, 0}));
    const HostTensor stem =
        initial_value(info("w", {8, 3, 3, 3}, WeightLayout::dense, Initialiser::kaiming_normal_fan_out), 1);
    for (int64_t i = 0; i < 3; ++i)
        for (int64_t n = 0; n < 8; ++n)
            EXPECT_EQ(stem.at(i, 1, 3, n), 0);
}

TEST(InitialiseTest, DependsOnSeedAndNameOnly) {
    const auto a = info("a", {5, 7}, WeightLayout::matrix, Initialiser::normal_001);
    auto b = a;
    b.name = "b";
    EXPECT_EQ(initial_value(a, 1).values, initial_value(a, 1).values);
    EXPECT_NE(initial_value(a, 1).values, initial_value(a, 2).values);
    EXPECT_NE(initial_value(a, 1).values, initial_value(a, uint64_t{1} << 32 | 1).values);
    EXPECT_NE(initial_value(a, 1).values, initial_value(b, 1).values);
}

TEST(InitialiseTest, ValuesAreFloats) {
    const auto i = info("a", {50, 7}, WeightLayout::matrix, Initialiser::normal_001);
    for (const double v : initial_value(i, 1).values)
        EXPECT_EQ(v, static_cast<double>(static_cast<float>(v)));
}

}  // namespace
}  // namespace vkm::graph
