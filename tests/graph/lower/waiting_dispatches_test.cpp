// A dispatch that ends a node may wait, for a later node to do its own work in it.
#include <graph/lower/lowering.h>
#include <graph/operator.h>
#include <graph/ops/add.h>
#include <graph/ops/batch_norm.h>
#include <shaders/catalog.h>

#include <gmock/gmock.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::ElementsAre;

std::vector<std::string> kernels(const Graph& graph) {
    KernelPlan plan;
    plan.kernels.target_workgroups = 64;  // so that statistics are of several parts
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

TEST(WaitingDispatchesTest, BatchNormsCoefficientsAreMadeWhereStatisticsAreMerged) {
    Normed net;
    net.coefficients();
    EXPECT_THAT(kernels(net.graph), ElementsAre("batch_statistics", "merge_statistics"));
}

TEST(WaitingDispatchesTest, WhatNobodyTakesIsEmittedAtTheEnd) {
    const Normed net;
    EXPECT_THAT(kernels(net.graph), ElementsAre("batch_statistics", "merge_statistics"));
}

TEST(WaitingDispatchesTest, WhatNeedsOtherMemoryGoesAhead) {
    Normed net;
    net.graph.add1("other", ops::add(), {net.x, net.x});
    net.coefficients();
    EXPECT_THAT(kernels(net.graph), ElementsAre("batch_statistics", "add", "merge_statistics"));
}

TEST(WaitingDispatchesTest, WhatReadsItsResultComesBehindIt) {
    Normed net;
    net.graph.add1("reader", ops::add(), {net.statistics, net.statistics});
    net.coefficients();
    EXPECT_THAT(kernels(net.graph),
                ElementsAre("batch_statistics", "merge_statistics", "add", "batch_norm_coefficients"));
}

}  // namespace
}  // namespace vkm::test
