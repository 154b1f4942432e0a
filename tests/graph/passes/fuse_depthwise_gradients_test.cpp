#include "graph/support/block.h"

#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/add.h>
#include <graph/ops/depthwise_gradients.h>
#include <graph/passes/fuse_depthwise_gradients.h>
#include <graph/passes/training.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

Build block(Activation activation, bool second_reader = false) {
    return [=](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, {2, 6, 5, 8}});
        const ValueId wide = b.batch_norm("wide", b.pointwise("expand", x, 16), activation);
        ValueId v = b.batch_norm("deep", b.depthwise("depthwise", wide, 3, 1), Activation::relu);
        if (second_reader) v = graph.add1("sum", ops::add(), {v, wide});
        return b.pointwise("project", v, 8);
    };
}

TEST(FuseDepthwiseGradientsTest, BothComeFromOneNodeWithWhatBothMade) {
    const Graph before = gradients_of(block(Activation::hard_swish)), after = fuse_training(before);
    EXPECT_THAT(operators(after), Contains("depthwise_gradients").Times(1));
    EXPECT_THAT(operators(after), Not(Contains("depthwise_input_grad")));
    EXPECT_THAT(operators(after), Not(Contains("depthwise_weight_grad")));
    for (const Node& node : after.nodes())
        if (as<ops::DepthwiseGradients>(node)) {
            EXPECT_EQ(node.layer, "depthwise");
            EXPECT_EQ(node.outputs.size(), 5u) << "dx, sums, dgamma, dbeta, dw";
        }
}

TEST(FuseDepthwiseGradientsTest, AnInputWithoutActivationStaysApart) {
    const Graph after = fuse_training(gradients_of(block(Activation::none)));
    EXPECT_THAT(operators(after), Not(Contains("depthwise_gradients")))
        << "its gradient reads statistics where the weights' reads coefficients";
}

TEST(FuseDepthwiseGradientsTest, AGradientThatMeetsAnotherStaysApart) {
    const Graph after = fuse_training(gradients_of(block(Activation::hard_swish, true)));
    EXPECT_THAT(operators(after), Not(Contains("depthwise_gradients")));
}

TEST(FuseDepthwiseGradientsTest, GradientsThatAreNotFormedStayApart) {
    const Graph after =
        fuse_training(gradients_of(block(Activation::hard_swish)), {.gradient_depthwise = false});
    EXPECT_THAT(operators(after), Not(Contains("depthwise_gradients")));
}

TEST(FuseDepthwiseGradientsTest, FusingAgainChangesNothing) {
    const Graph once = fuse_training(gradients_of(block(Activation::relu)));
    EXPECT_EQ(operators(fuse_depthwise_gradients(once)), operators(once));
}

}  // namespace
}  // namespace vkm::test
