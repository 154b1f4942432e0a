#include "graph/support/operator_test.h"

#include <graph/ops/add.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build sum_of(Shape shape) {
    return [shape](Graph& graph, DType dtype) {
        const ValueId a = differentiable(graph, "a", {dtype, shape});
        const ValueId b = differentiable(graph, "b", {dtype, shape});
        return graph.add1("sum", ops::add(), {a, b});
    };
}

TEST(AddTest, MatchesReferenceOnOddSizes) {
    expect_operator_holds(sum_of({3, 5, 7, 11}));
}

TEST(AddTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_operator_holds(sum_of({23, 32, 32, 24}), {.gradients = false, .step = {}, .fill = {}});
}

TEST(AddTest, RefusesDifferentShapes) {
    Graph graph;
    const ValueId a = graph.input("a", f32({1, 2, 2, 8})), b = graph.input("b", f32({1, 2, 3, 8}));
    EXPECT_THROW(graph.add1("block.2", ops::add(), {a, b}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
