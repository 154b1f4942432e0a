#include "graph/support/devices.h"

#include <graph/lower/lowering.h>
#include <graph/lower/traffic.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>

#include <gtest/gtest.h>
#include <support/kernel_plans.h>
#include <support/tables.h>

namespace vkm::test {
namespace {

using namespace graph;

Traffic only_node(const Graph& graph, const KernelPlan& plan) {
    return traffic_of(graph, 0, lower(graph, plan));
}

TEST(TrafficTest, WhatAKernelDoesNotReadCostsNothing) {
    for (const DeviceUnderTest& device : devices()) {
        SCOPED_TRACE(device.name);
        Graph graph;
        const ValueId x = graph.input("x", f32({2, 5, 7, 12})), w = graph.input("w", f32({1, 1, 12, 8}));
        graph.add1("layer", ops::pointwise(), {x, w});  // neither bias nor residual, scale or normalisation
        const Traffic traffic = only_node(graph, device.device->plan());
        EXPECT_EQ(traffic.bytes, 4.0 * (70 * 12 + 12 * 8 + 70 * 8));
        EXPECT_EQ(traffic.least_bytes, traffic.bytes);
        EXPECT_EQ(traffic.flops, 2.0 * 70 * 12 * 8);
    }
}

TEST(TrafficTest, CountsWhatRunsOnMatrixUnits) {
    const KernelPlan plan = plan_of_captured("radv-navi31-mesa26", {.sharing = Sharing::cooperative_matrix});
    for (const DType dtype : {DType::f32, DType::f16}) {
        Graph graph;
        const ValueId x = graph.input("x", {dtype, {2, 5, 7, 12}}),
                      w = graph.input("w", {dtype, {1, 1, 12, 8}});
        graph.add1("layer", ops::pointwise(), {x, w});
        const Program program = lower(graph, plan);
        const Shader& shader = *std::get<DispatchCommand>(program.commands.front().what).kernel.shader;
        EXPECT_FALSE(dtype == DType::f32 && shader.matrix_units);
        const Traffic traffic = traffic_of(graph, 0, program);
        EXPECT_EQ(traffic.matrix_flops, shader.matrix_units ? traffic.flops : 0);
    }
}

TEST(TrafficTest, ScratchMemoryIsWrittenAndReadAgain) {
    for (const DeviceUnderTest& device : devices()) {
        SCOPED_TRACE(device.name);
        Graph graph;
        const ValueId x = graph.input("x", f32({2, 64, 64, 8})), dy = graph.input("dy", f32({2, 64, 64, 8}));
        graph.add1("layer", ops::pointwise_weight_grad(), {x, dy});
        const Program program = lower(graph, device.device->plan());
        const Traffic traffic = traffic_of(graph, 0, program);
        const double partial_bytes =
            traffic.bytes - traffic.least_bytes - static_cast<double>(table_bytes(program));
        EXPECT_EQ(traffic.dispatches, 2u);
        EXPECT_GT(partial_bytes, 0);
        EXPECT_EQ(static_cast<int64_t>(partial_bytes) % (2 * 4 * 8 * 8), 0) << "partial sums, twice";
    }
}

}  // namespace
}  // namespace vkm::test
