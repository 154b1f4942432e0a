#include <graph/weight_layout.h>

#include <gtest/gtest.h>

#include <numeric>

namespace vkm::graph {
namespace {

std::vector<float> counting(const ParameterInfo& info) {
    std::vector<float> values(static_cast<size_t>(torch_elements(info)));
    std::iota(values.begin(), values.end(), 1.0f);
    return values;
}

ParameterInfo info(std::vector<int64_t> shape, WeightLayout layout) {
    return {.name = "w", .torch_shape = std::move(shape), .layout = layout};
}

TEST(WeightLayoutTest, VectorsKeepTheirOrder) {
    const auto vector = info({5}, WeightLayout::vector);
    const HostTensor stored = to_stored(vector, counting(vector));
    for (int64_t c = 0; c < 5; ++c)
        EXPECT_EQ(stored.at(0, c), static_cast<double>(c + 1));
}

TEST(WeightLayoutTest, MatricesAreTransposedAndTheirRowsPadded) {
    const auto matrix = info({3, 5, 1, 1}, WeightLayout::matrix);
    const HostTensor stored = to_stored(matrix, counting(matrix));
    ASSERT_EQ(stored.shape, (Shape{1, 1, 8, 3}));
    for (int64_t n = 0; n < 3; ++n)
        for (int64_t k = 0; k < 8; ++k)
            EXPECT_EQ(stored.at(k, n), k < 5 ? static_cast<double>(n * 5 + k + 1) : 0.0);
}

TEST(WeightLayoutTest, DepthwiseWeightsHaveTheirChannelsInnermost) {
    const auto depthwise = info({7, 1, 3, 3}, WeightLayout::depthwise);
    const HostTensor stored = to_stored(depthwise, counting(depthwise));
    ASSERT_EQ(stored.shape, (Shape{1, 3, 3, 7}));
    for (int64_t c = 0; c < 7; ++c)
        for (int64_t i = 0; i < 3; ++i)
            for (int64_t j = 0; j < 3; ++j)
                EXPECT_EQ(stored.at(0, i, j, c), static_cast<double>((c * 3 + i) * 3 + j + 1));
}

TEST(WeightLayoutTest, DenseWeightsPadTheirInputChannels) {
    const auto dense = info({5, 3, 3, 3}, WeightLayout::dense);
    const HostTensor stored = to_stored(dense, counting(dense));
    ASSERT_EQ(stored.shape, (Shape{3, 3, 4, 5}));
    for (int64_t n = 0; n < 5; ++n)
        for (int64_t c = 0; c < 4; ++c)
            for (int64_t i = 0; i < 3; ++i)
                for (int64_t j = 0; j < 3; ++j)
                    EXPECT_EQ(stored.at(i, j, c, n),
                              c < 3 ? static_cast<double>(((n * 3 + c) * 3 + i) * 3 + j + 1) : 0.0);
}

TEST(WeightLayoutTest, ToTorchIsTheInverse) {
    for (const auto& i :
         {info({11}, WeightLayout::vector), info({3, 5}, WeightLayout::matrix),
          info({6, 1, 5, 5}, WeightLayout::depthwise), info({8, 3, 3, 3}, WeightLayout::dense)})
        EXPECT_EQ(to_torch(i, to_stored(i, counting(i))), counting(i));
}

TEST(WeightLayoutTest, RefusesAnotherNumberOfElements) {
    EXPECT_THROW(to_stored(info({3, 5}, WeightLayout::matrix), std::vector<float>(14)), ShapeError);
    EXPECT_THROW(to_torch(info({3, 5}, WeightLayout::matrix), HostTensor({1, 1, 5, 3})), ShapeError);
}

}  // namespace
}  // namespace vkm::graph
