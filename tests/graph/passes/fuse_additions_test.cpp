#include "graph/support/block.h"

#include <graph/ops/add.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/passes/fuse_additions.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

Build residual_block(const Shape& shape) {
    return [shape](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, shape});
        const ValueId v = b.batch_norm("norm", b.pointwise("project", x, shape.c), Activation::none);
        return graph.add1("block", ops::add(), {v, x});
    };
}

Build squeeze_excite_block(const Shape& shape) {
    return [shape](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        return b.squeeze_excite("se", differentiable(graph, "x", {dtype, shape}));
    };
}

Options fused(Graph (*pass)(const Graph&), int64_t channels) {
    Options options;
    options.pass = pass;
    options.fill["project.w"] = options.fill["se.fc.w"] = [channels](HostTensor& w) {
        for (int64_t k = 0; k < w.shape.w; ++k)
            for (int64_t n = 0; n < w.shape.c; ++n)
                w.at(k, n) *= k < channels ? 0.2 : 0;  // only padding channels meet the rest
    };
    // Of fp32 sums over what was rounded to fp16; fp32 alone is exact to far less.
    options.fp16_tolerance = 1e-2;
    return options;
}

TEST(AddInBatchNormTest, TheResidualMovesIntoTheBatchNorm) {
    const Graph before = gradients_of(residual_block({2, 3, 5, 8}));
    const Graph after = add_in_batch_norm(before);
    EXPECT_EQ(after.nodes().size() + 1, before.nodes().size());
    for (const Node& node : after.nodes()) {
        if (!as<ops::BatchNorm>(node)) continue;
        EXPECT_EQ(node.inputs.size(), 7u);
        EXPECT_EQ(after.value(node.inputs.back()).name, "x");
    }
}

TEST(AddInBatchNormTest, ASumSomebodyElseReadsInPartStays) {
    const Build build = [](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, {2, 3, 5, 8}});
        const ValueId v = b.batch_norm("norm", b.pointwise("project", x, 8), Activation::none);
        return graph.add1("twice", ops::add(), {v, graph.add1("block", ops::add(), {v, x})});
    };
    const Graph before = gradients_of(build);
    EXPECT_EQ(operators(add_in_batch_norm(before)), operators(before));
}

TEST(AddInBatchNormTest, DevicesMatchTheReferenceOnOddSizes) {
    for (const Shape& shape : {Shape{3, 7, 5, 13}, Shape{1, 11, 3, 37}}) {
        Options options = fused(add_in_batch_norm, shape.c);
        options.fp16 = false;
        expect_matches_reference(residual_block(shape), options);
    }
}

TEST(AddInBatchNormTest, DevicesMatchTheReferenceOnTensorsBeyondTheBindingRange) {
    Options options = fused(add_in_batch_norm, 40);
    options.fp16 = false;
    expect_matches_reference(residual_block({29, 20, 16, 40}), options);
}

TEST(AddInGradientsTest, TheProductAddsTheOtherGradient) {
    const Graph before = gradients_of(residual_block({2, 3, 5, 8}));
    const Graph after = add_in_gradients(before);
    EXPECT_THAT(operators(before), Contains("add").Times(2)) << "the block's own, and its gradient's";
    EXPECT_THAT(operators(after), Contains("add").Times(1));
    for (const Node& node : after.nodes())
        if (as<ops::PointwiseInputGrad>(node)) {
            EXPECT_EQ(node.inputs.size(), 3u);
        }
}

TEST(AddInGradientsTest, SqueezeAndExcitesGradientIsOneNode) {
    const Graph before = gradients_of(squeeze_excite_block({2, 3, 5, 8}));
    const Graph after = add_in_gradients(before);
    EXPECT_THAT(operators(after), Contains("squeeze_excite_grad").Times(1));
    EXPECT_THAT(operators(after), Not(Contains("add")));
    EXPECT_THAT(operators(after), Contains("global_average_pool_grad").Times(1)) << "the loss's own pool";
}

TEST(AddInGradientsTest, DevicesMatchTheReferenceOnOddSizes) {
    for (const Shape& shape : {Shape{3, 7, 5, 13}, Shape{2, 11, 3, 37}}) {
        expect_matches_reference(squeeze_excite_block(shape), fused(add_in_gradients, shape.c));
        Options options = fused(add_in_gradients, shape.c);
        options.fp16 = false;
        expect_matches_reference(residual_block(shape), options);
    }
}

TEST(AddInGradientsTest, DevicesMatchTheReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(squeeze_excite_block({29, 20, 16, 40}), fused(add_in_gradients, 40));
}

}  // namespace
}  // namespace vkm::test
