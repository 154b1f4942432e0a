#include "graph/support/operator_test.h"

#include <graph/ops/activation.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace vkm::test {
namespace {

using namespace graph;

class ActivationTest : public testing::TestWithParam<Activation> {};

TEST_P(ActivationTest, MatchesReferenceForwardAndBackward) {
    const Build build = [](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, {2, 5, 7, 13}});
        return graph.add1("act", ops::activation(GetParam()), {x});
    };
    Options options;
    options.fill["x"] = [](HostTensor& x) {
        for (double& v : x.values)
            v *= 3;
    };
    expect_operator_holds(build, options);
}

// PyTorch's subgradients: the reference's are checked here, the devices' against the reference.
TEST_P(ActivationTest, DevicesAgreeAtTheKinks) {
    const Build build = [](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, {1, 1, 2, 4}});
        return graph.add1("act", ops::activation(GetParam()), {x});
    };
    Options options;
    options.fill["x"] = [](HostTensor& x) { x.values = {-3, 0, 3, 6, -3.5, 6.5, -0.0, 2}; };
    expect_matches_reference(build, options);
}

INSTANTIATE_TEST_SUITE_P(All, ActivationTest,
                         testing::Values(Activation::relu, Activation::relu6, Activation::hard_swish,
                                         Activation::hard_sigmoid, Activation::square));

TEST(ActivationDerivativeTest, IsPyTorchsAtTheKinks) {
    EXPECT_EQ(activate_derivative(Activation::relu, 0), 0);
    EXPECT_EQ(activate_derivative(Activation::relu6, 0), 0);
    EXPECT_EQ(activate_derivative(Activation::relu6, 6), 0);
    EXPECT_EQ(activate_derivative(Activation::hard_swish, -3), -0.5);
    EXPECT_EQ(activate_derivative(Activation::hard_swish, 3), 1.5);
    EXPECT_EQ(activate_derivative(Activation::hard_sigmoid, -3), 0);
    EXPECT_EQ(activate_derivative(Activation::hard_sigmoid, 3), 0);
    EXPECT_EQ(activate_derivative(Activation::square, -3), -6);
}

}  // namespace
}  // namespace vkm::test
