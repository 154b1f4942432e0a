#include "graph/support/operator_test.h"

#include <graph/ops/convolution.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

struct ConvolutionCase {
    Shape input;
    int64_t out_channels, kernel, stride;
    Padding padding;
};

Build dense_convolved(const ConvolutionCase& c, const Epilogue& epilogue = {}) {
    return [=](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, c.input});
        const ValueId w =
            differentiable(graph, "w", {dtype, {c.kernel, c.kernel, round_up4(c.input.c), c.out_channels}});
        std::vector<ValueId> inputs{x, w};
        if (epilogue.bias) inputs.push_back(graph.input("bias", channel_vector(c.out_channels)));
        return graph.add1("conv", ops::convolution(c.stride, c.padding, epilogue), inputs);
    };
}

class ConvolutionTest : public testing::TestWithParam<ConvolutionCase> {};

TEST_P(ConvolutionTest, MatchesReferenceForwardAndBackward) {
    expect_operator_holds(dense_convolved(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(OddSizes, ConvolutionTest,
                         testing::Values(ConvolutionCase{{3, 11, 13, 3}, 16, 3, 2, Padding::symmetric},
                                         ConvolutionCase{{2, 8, 9, 3}, 13, 3, 1, Padding::symmetric},
                                         ConvolutionCase{{2, 12, 9, 3}, 8, 3, 2, Padding::same},
                                         ConvolutionCase{{2, 7, 5, 11}, 7, 3, 1, Padding::symmetric},
                                         ConvolutionCase{{1, 9, 7, 6}, 5, 5, 2, Padding::same}));

TEST(ConvolutionTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(dense_convolved({{40, 32, 32, 3}, 16, 3, 2, Padding::symmetric}));
}

TEST(ConvolutionTest, MatchesReferenceWithAGpusReductions) {
    Options options;
    options.devices = [] { return devices({.column_tree = true}); };
    expect_matches_reference(dense_convolved({{5, 11, 13, 3}, 16, 3, 2, Padding::symmetric}), options);
    expect_matches_reference(dense_convolved({{1, 9, 7, 6}, 5, 5, 2, Padding::same}), options);
}

TEST(ConvolutionTest, EpilogueAddsBiasAndActivates) {
    Options options;
    options.gradients = false;
    expect_matches_reference(dense_convolved({{2, 9, 5, 3}, 11, 3, 2, Padding::symmetric},
                                             {.bias = true, .activation = Activation::hard_swish}),
                             options);
}

TEST(ConvolutionTest, RefusesWeightsThatDoNotFit) {
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 8, 8, 3})), w = graph.input("w", f32({3, 3, 8, 16}));
    EXPECT_THROW(graph.add1("stem", ops::convolution(2, Padding::symmetric), {x, w}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
