#include "graph/support/operator_test.h"

#include <graph/ops/global_average_pool.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build pooled(Shape shape) {
    return [shape](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, shape});
        return graph.add1("pool", ops::global_average_pool(), {x});
    };
}

TEST(GlobalAveragePoolTest, MatchesReferenceOnOddSizes) {
    expect_operator_holds(pooled({3, 5, 7, 11}));
}
TEST(GlobalAveragePoolTest, OnePixelIsItsOwnMean) {
    expect_operator_holds(pooled({2, 1, 1, 5}));
}
TEST(GlobalAveragePoolTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(pooled({32, 16, 16, 128}));
}

// A GPU's strands share an image's pixels and are added up in a tree.
TEST(GlobalAveragePoolTest, StrandsOfAColumnAddUpToTheMean) {
    Options options;
    options.devices = [] { return devices({.column_tree = true}); };
    for (const Shape& shape :
         {Shape{3, 5, 7, 11}, Shape{2, 1, 1, 5}, Shape{1, 28, 28, 72}, Shape{2, 13, 11, 300}})
        expect_matches_reference(pooled(shape), options);
}

}  // namespace
}  // namespace vkm::test
