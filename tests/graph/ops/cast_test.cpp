#include "graph/support/operator_test.h"

#include <graph/ops/cast.h>

#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

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

// Drivers round as they like, and some towards zero, which would hide that a number was too large.
TEST(CastTest, WhatFp16CannotHoldIsInfiniteOnEveryDevice) {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<std::pair<double, double>> cases{
        {65504, 65504},   {-65504, -65504},   {65520, infinity},    {-65520, -infinity},    {65536, infinity},
        {3e38, infinity}, {-3e38, -infinity}, {infinity, infinity}, {-infinity, -infinity}, {0, 0}};
    Graph graph;
    const ValueId x = graph.input("x", channel_vector(static_cast<int64_t>(cases.size()) + 1));
    const ValueId y = graph.add1("cast", ops::cast(DType::f16), {x});
    const ValueId z = graph.add1("back", ops::cast(DType::f32), {y});
    HostTensor given(graph.type(x).shape);
    for (size_t i = 0; i < cases.size(); ++i)
        given.values[i] = cases[i].first;
    given.values.back() = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::byte> bytes = to_bytes(given, graph.type(x));
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        DeviceState state(*device.device);
        Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true});
        const auto slot = executor.begin();
        std::memcpy(executor.input(slot, 0, x).data(), bytes.data(), bytes.size());
        executor.submit(slot);
        for (const ValueId id : {y, z}) {
            const HostTensor got = executor.read(0, id);
            for (size_t i = 0; i < cases.size(); ++i)
                EXPECT_EQ(got.values[i], cases[i].second) << cases[i].first;
            EXPECT_FALSE(std::isfinite(got.values.back()));
        }
    }
}

TEST(CastTest, ToTheSameTypeIsAnError) {
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 2, 3, 4}));
    EXPECT_THROW(graph.add1("cast", ops::cast(DType::f32), {x}), ShapeError);
    EXPECT_THROW(graph.add1("cast", ops::cast(DType::u8), {x}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
