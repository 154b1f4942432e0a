#include "graph/support/operator_test.h"

#include <graph/ops/cast.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

DType other(DType dtype) {
    return dtype == DType::f32 ? DType::f16 : DType::f32;
}

TEST(CastTest, RoundsForwardAndHandsTheGradientBack) {
    expect_matches_reference([](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, {3, 5, 7, 13}});
        return graph.add1("cast", ops::cast(other(dtype)), {x});
    });
}

TEST(CastTest, ThereAndBackIsTheGradientItself) {
    expect_matches_reference([](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, {1, 1, 11, 29}});
        const ValueId y = graph.add1("there", ops::cast(other(dtype)), {x});
        return graph.add1("back", ops::cast(dtype), {y});
    });
}

TEST(CastTest, ToTheSameTypeIsAnError) {
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 2, 3, 4}));
    EXPECT_THROW(graph.add1("cast", ops::cast(DType::f32), {x}), ShapeError);
    EXPECT_THROW(graph.add1("cast", ops::cast(DType::u8), {x}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
