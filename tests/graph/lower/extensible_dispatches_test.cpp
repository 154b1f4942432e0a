// A later node may do its own work in a dispatch that waits for it, or in one that is emitted already.
#include <graph/lower/lowering.h>
#include <graph/operator.h>
#include <graph/ops/add.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/pointwise.h>
#include <shaders/catalog.h>

#include <gmock/gmock.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;
using testing::ElementsAre;

KernelPlan plan_of_parts() {
    KernelPlan plan;
    plan.kernels.target_workgroups = 64;  // so that statistics are of several parts
    return plan;
}

std::vector<std::string> kernels(const Graph& graph, const KernelPlan& plan = plan_of_parts()) {
    const Program program = lower(graph, plan);
    std::vector<std::string> names;
    for (const Command& command : program.commands)
        names.emplace_back(std::get<DispatchCommand>(command.what).kernel.shader->name);
    return names;
}

// Has the statistics of a tensor, and may have what a batch norm makes of them.
struct Normed {
    Graph graph;
    ValueId x = graph.input("x", f32({4, 16, 16, 12}));
    ValueId statistics = graph.add1("conv", ops::batch_statistics(), {x});

    ValueId coefficients() {
        std::vector<ValueId> inputs{statistics};
        for (const char* name : {"gamma", "beta", "running_mean", "running_variance"})
            inputs.push_back(graph.input(name, channel_vector(12)));
        return graph.add1("bn", ops::batch_norm_coefficients({}), inputs);
    }
};

TEST(ExtensibleDispatchesTest, BatchNormsCoefficientsAreMadeWhereStatisticsAreMerged) {
    Normed net;
    net.coefficients();
    EXPECT_THAT(kernels(net.graph), ElementsAre("batch_statistics", "merge_statistics"));
}

TEST(ExtensibleDispatchesTest, WhatNobodyTakesIsEmittedAtTheEnd) {
    const Normed net;
    EXPECT_THAT(kernels(net.graph), ElementsAre("batch_statistics", "merge_statistics"));
}

TEST(ExtensibleDispatchesTest, WhatNeedsOtherMemoryGoesAhead) {
    Normed net;
    net.graph.add1("other", ops::add(), {net.x, net.x});
    net.coefficients();
    EXPECT_THAT(kernels(net.graph), ElementsAre("batch_statistics", "add", "merge_statistics"));
}

TEST(ExtensibleDispatchesTest, WhatReadsItsResultComesBehindIt) {
    Normed net;
    net.graph.add1("reader", ops::add(), {net.statistics, net.statistics});
    net.coefficients();
    EXPECT_THAT(kernels(net.graph),
                ElementsAre("batch_statistics", "merge_statistics", "add", "batch_norm_coefficients"));
}

// Has a convolution that gathers statistics of what it stores, and parameters of the batch norm behind it.
struct Convolved {
    Graph graph;
    ValueId x = graph.input("x", f32({4, 16, 16, 12})), w = graph.input("w", f32({1, 1, 12, 12}));
    std::vector<ValueId> stored = graph.add("conv", ops::pointwise({.statistics = true}), {x, w});
    ValueId gamma = graph.input("gamma", channel_vector(12)), beta = graph.input("beta", channel_vector(12));
    ValueId mean = graph.input("running_mean", channel_vector(12));
    ValueId variance = graph.input("running_variance", channel_vector(12));

    void coefficients() {
        graph.add1("bn", ops::batch_norm_coefficients({}), {stored[1], gamma, beta, mean, variance});
    }
};

KernelPlan plan_by_arrival() {
    KernelPlan plan = plan_of_parts();
    plan.kernels.merge_by_arrival = true;
    return plan;
}

TEST(ExtensibleDispatchesTest, TheLastWorkgroupOfAConvolutionMakesBatchNormsCoefficients) {
    Convolved net;
    net.coefficients();
    const Program program = lower(net.graph, plan_by_arrival());
    ASSERT_EQ(program.commands.size(), 1u);
    const auto& dispatch = std::get<DispatchCommand>(program.commands[0].what);
    EXPECT_EQ(dispatch.kernel.shader->name, "pointwise_merging_shared");
    for (const ValueId value :
         {net.gamma, net.beta, net.mean, net.variance, net.graph.nodes().back().outputs[0]})
        EXPECT_TRUE(std::ranges::any_of(dispatch.bindings, [&](const Region& region) {
            return region.buffer == program.buffer_of_value[static_cast<size_t>(value)];
        })) << net.graph.value(value).name;
}

TEST(ExtensibleDispatchesTest, AnEmittedDispatchIsExtendedPastOthersOfOtherMemory) {
    Convolved net;
    net.graph.add1("other", ops::add(), {net.stored[0], net.stored[0]});
    net.coefficients();
    EXPECT_THAT(kernels(net.graph, plan_by_arrival()), ElementsAre("pointwise_merging_shared", "add"));
}

TEST(ExtensibleDispatchesTest, AnEmittedDispatchIsLeftAsItIsWhereItsNewMemoryWasTouchedSince) {
    Convolved net;
    net.graph.add1("other", ops::add(), {net.mean, net.mean});
    net.coefficients();
    EXPECT_THAT(kernels(net.graph, plan_by_arrival()),
                ElementsAre("pointwise_merging_shared", "add", "batch_norm_coefficients"));
}

TEST(ExtensibleDispatchesTest, CountersOfDispatchesAreZeroAndApart) {
    Convolved net;
    const std::vector<ValueId> second =
        net.graph.add("second", ops::pointwise({.statistics = true}), {net.x, net.w});
    const Program program = lower(net.graph, plan_by_arrival());
    ASSERT_GE(program.counters, 0);
    const ProgramBuffer& counters = program.buffers.at(static_cast<size_t>(program.counters));
    EXPECT_EQ(counters.role, Role::table);
    EXPECT_EQ(static_cast<int64_t>(counters.contents.size()), counters.bytes);
    EXPECT_TRUE(std::ranges::all_of(counters.contents, [](std::byte b) { return b == std::byte{0}; }));
    std::vector<Region> counted;
    for (const Command& command : program.commands)
        for (const Region& region : regions(command))
            if (region.buffer == program.counters) counted.push_back(region);
    ASSERT_EQ(counted.size(), 2u);
    EXPECT_FALSE(counted[0].overlaps(counted[1]));
}

}  // namespace
}  // namespace vkm::test
