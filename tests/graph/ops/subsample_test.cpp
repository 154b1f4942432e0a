#include "graph/support/operator_test.h"

#include <graph/ops/pointwise.h>
#include <graph/ops/subsample.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build subsample_of(const Shape& shape, int64_t stride) {
    return [=](Graph& graph, DType dtype) {
        return graph.add1("skip", ops::subsample(stride), {differentiable(graph, "x", {dtype, shape})});
    };
}

TEST(SubsampleTest, MatchesReferenceOnOddSizes) {
    expect_operator_holds(subsample_of({2, 7, 5, 13}, 2));
    expect_operator_holds(subsample_of({3, 4, 6, 1}, 2));
    expect_operator_holds(subsample_of({1, 5, 8, 23}, 3));
    expect_operator_holds(subsample_of({1, 1, 1, 5}, 2));
}

TEST(SubsampleTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(subsample_of({20, 32, 16, 40}, 2));
}

TEST(SubsampleTest, MakesAPointwiseConvolutionAStridedOne) {
    Options options;
    options.fp16 = false;  // gradients of fp16 weights are fp32, which no parameter is
    options.fill["w"] = [](HostTensor& w) {
        for (int64_t k = 5; k < w.shape.w; ++k)  // rows that only padding channels meet
            for (int64_t n = 0; n < w.shape.c; ++n)
                w.at(k, n) = 0;
    };
    expect_operator_holds(
        [](Graph& graph, DType dtype) {
            const ValueId x = differentiable(graph, "x", {dtype, {2, 5, 7, 5}});
            const ValueId w = differentiable(graph, "w", {dtype, {1, 1, 8, 9}});
            return graph.add1("skip", ops::pointwise(), {graph.add1("skip", ops::subsample(2), {x}), w});
        },
        options);
}

TEST(SubsampleTest, TakesAsManyPixelsAsAConvolutionMakes) {
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 7, 8, 3}));
    EXPECT_EQ(graph.type(graph.add1("skip", ops::subsample(2), {x})), f32({1, 4, 4, 3}));
    EXPECT_EQ(graph.type(graph.add1("skip", ops::subsample(1), {x})), f32({1, 7, 8, 3}));
    EXPECT_THROW(graph.add1("skip", ops::subsample(0), {x}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
