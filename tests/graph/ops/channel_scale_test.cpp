#include "graph/support/operator_test.h"

#include <graph/ops/channel_scale.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build scaled(Shape shape) {
    return [shape](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, shape});
        const ValueId s = differentiable(graph, "s", {dtype, {shape.n, 1, 1, shape.c}});
        return graph.add1("se", ops::channel_scale(), {x, s});
    };
}

TEST(ChannelScaleTest, MatchesReferenceOnOddSizes) {
    expect_operator_holds(scaled({3, 5, 7, 11}));
}

TEST(ChannelScaleTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(scaled({32, 16, 16, 128}));
}

// A GPU's strands share an image's pixels and are added up in a tree.
TEST(ChannelScaleTest, StrandsOfAColumnAddUpToTheGradientOfTheScale) {
    Options options;
    options.devices = [] { return devices({.column_tree = true}); };
    for (const Shape& shape :
         {Shape{3, 5, 7, 11}, Shape{2, 1, 1, 5}, Shape{1, 28, 28, 72}, Shape{2, 13, 11, 300}})
        expect_matches_reference(scaled(shape), options);
}

TEST(ChannelScaleTest, RefusesAScaleOfAnotherShape) {
    Graph graph;
    const ValueId x = graph.input("x", f32({2, 3, 3, 8})), s = graph.input("s", f32({1, 1, 1, 8}));
    EXPECT_THROW(graph.add1("se", ops::channel_scale(), {x, s}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
