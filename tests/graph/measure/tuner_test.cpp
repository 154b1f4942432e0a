#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/lower/lowering.h>
#include <graph/measure/paired_comparison.h>
#include <graph/measure/tuner.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/training.h>

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "graph/support/block.h"
#include "graph/support/devices.h"

namespace vkm::test {
namespace {

using namespace graph;
using engine::Tuning;

TEST(ComparisonTest, TheMedianOfPairsDecides) {
    const std::vector<double> standard{10, 20, 10, 40, 10}, half{5, 10, 5, 20, 5},
        once_slow{5, 10, 50, 20, 5};
    EXPECT_DOUBLE_EQ(compare(standard, half).ratio, 0.5);
    EXPECT_DOUBLE_EQ(compare(standard, half).noise, 0);
    EXPECT_DOUBLE_EQ(compare(standard, once_slow).ratio, 0.5);
    EXPECT_TRUE(compare(standard, half).faster(0.03));
    EXPECT_FALSE(compare(standard, half).faster(0.5));
}

TEST(ComparisonTest, WhatNoiseExplainsIsNoGain) {
    const std::vector<double> standard(8, 10.0), noisy{4, 16, 6, 14, 9, 12, 7, 9};
    EXPECT_LT(compare(standard, noisy).ratio, 0.95);
    EXPECT_FALSE(compare(standard, noisy).faster(0.03));
    EXPECT_FALSE(compare(standard, standard).faster(0));
    EXPECT_FALSE(compare({}, {}).faster(0));
}

Graph small_step(Fusion fusion) {
    Graph graph;
    Block block(graph, DType::f32);
    ValueId x = block.pointwise("expand", graph.input("x", f32({2, 14, 14, 16})), 64);
    x = block.batch_norm("bn", x, Activation::relu);
    x = block.depthwise("wide", x, 5, 2);
    x = block.depthwise("again", x, 3, 1);
    x = block.depthwise("and again", x, 3, 1);
    x = graph.add1("pool", ops::global_average_pool(), {x});
    const ValueId labels = graph.input("labels", {DType::i32, {2, 1, 1, 1}});
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({0, 2}), {x, labels});
    graph.value(loss).role = Role::metric;
    pack_parameters(graph);
    add_gradients(graph, loss);
    return fuse_training(graph, fusion);
}

TEST(TunerTest, EqualChoicesAreOne) {
    const KernelPlan plan = devices().front().device->plan();
    const std::vector<TunedPoint> points = open_choices(small_step(plan.fusion), plan, {});
    std::set<std::string> keys;
    size_t twice = 0;
    for (const TunedPoint& tuned : points) {
        EXPECT_TRUE(keys.insert(tuned.point.key()).second) << tuned.point.key();
        EXPECT_EQ(tuned.best, 0u);
        twice += tuned.point.kernel == "depthwise tile" && tuned.nodes == 2 ? 1 : 0;
    }
    EXPECT_EQ(twice, 1u);
}

TEST(TunerTest, WhatIsKnownIsNotOpen) {
    const KernelPlan plan = devices().front().device->plan();
    const Graph graph = small_step(plan.fusion);
    const std::vector<TunedPoint> points = open_choices(graph, plan, {});
    Tuning known{{points.front().point.key(), {"anything"}}};
    EXPECT_EQ(open_choices(graph, plan, known).size(), points.size() - 1);
    for (const TunedPoint& tuned : points)
        known[tuned.point.key()] = {"anything"};
    EXPECT_TRUE(open_choices(graph, plan, known).empty());
}

TEST(TunerTest, EveryChoiceIsKnownAfterwardsAndOffered) {
    for (const DeviceUnderTest& device : devices()) {
        SCOPED_TRACE(device.name);
        const KernelPlan& plan = device.device->plan();
        const Graph graph = small_step(plan.fusion);
        const Tuning other{{"other tile | f32 1x1x1x8 -> 1x1x1x8", {"2x2", 1.5}}};
        size_t reported = 0;
        const GraphTuning result = tune_graph(
            *device.device, graph, other,
            {.least_us = 200, .rounds = 3, .graph_us = 10'000, .progress = [&](size_t done, size_t total) {
                 EXPECT_LE(done, total);
                 ++reported;
             }});
        EXPECT_GT(reported, 2u);
        EXPECT_EQ(result.tuning.count(other.begin()->first), 1u);
        EXPECT_TRUE(open_choices(graph, plan, result.tuning).empty());
        EXPECT_EQ(result.points.size(), open_choices(graph, plan, {}).size());
        std::map<std::string, std::string> chosen;
        for (const ChoicePoint& point : lower(graph, with_tuning(plan, result.tuning)).choices)
            chosen[point.key()] = point.candidates[point.chosen];
        for (const TunedPoint& tuned : result.points) {
            EXPECT_EQ(chosen[tuned.point.key()], tuned.point.candidates[tuned.best]) << tuned.point.key();
            EXPECT_EQ(result.tuning.at(tuned.point.key()).candidate, chosen[tuned.point.key()]);
            EXPECT_TRUE(result.kept || tuned.best == 0);
            EXPECT_TRUE(tuned.best == 0 || tuned.gain > 1.03);
        }
        const GraphTuning again = tune_graph(*device.device, graph, result.tuning);
        EXPECT_TRUE(again.points.empty());
        EXPECT_EQ(again.tuning, result.tuning);
    }
}

}  // namespace
}  // namespace vkm::test
