#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/lower/lowering.h>
#include <graph/lower/memory.h>
#include <graph/models/network.h>
#include <graph/operator.h>
#include <graph/ops/hand_over.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/training.h>
#include <graph/passes/uses.h>
#include <graph/place/chain.h>
#include <graph/place/stages.h>

#include <gtest/gtest.h>
#include <support/kernel_plans.h>

#include <map>
#include <set>

namespace vkm::graph {
namespace {

// A network that goes forward and back with a batch, and leaves gradients.
Graph one_batch() {
    ModelConfig config = model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.num_classes = 10;
    config.input_size = 32;
    Graph graph;
    const ValueId labels = graph.input("labels", {DType::i32, {4, 1, 1, 1}});
    const ValueId images = graph.input("images", f32({4, 32, 32, 3}));
    const ValueId logits = build_network(graph, config, images, Mode::training);
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({0, 4}), {logits, labels});
    graph.value(loss).role = Role::metric;
    pack_parameters(graph);
    add_gradients(graph, loss);
    return fuse_training(graph, {});
}

size_t forward_of(const Graph& graph) {
    for (size_t i = 0; i < graph.nodes().size(); ++i)
        if (graph.nodes()[i].layer == "loss") return i + 1;
    return 0;
}

/// Splits three batches over stages.
class StagesTest : public testing::Test {
  protected:
    StagesTest() {
        const std::vector<const Graph*> graphs(3, &batch_);
        chained_ = chain(graphs);
        for (const size_t begin : chained_.begins)
            step_.batches.push_back({begin, begin + forward_of(batch_)});
        step_.graph = &chained_.graph;
        step_.update = chained_.graph.nodes().size();
    }

    Graph batch_ = one_batch();
    ChainedGraph chained_;
    BatchedStep step_;
};

TEST_F(StagesTest, EveryNodeOfABatchIsOnOneStage) {
    for (const StageLayers& layers : {StageLayers{{0, 9}}, StageLayers{{0, 3, 20, 40}}}) {
        size_t nodes = 0;
        for (const Graph& stage : split_in_stages(step_, layers))
            for (const Node& node : stage.nodes())
                nodes += as<ops::HandOver>(node) ? 0 : 1;
        EXPECT_EQ(nodes, step_.update);
    }
}

TEST_F(StagesTest, WhatAStageReadsItHasMadeOrTaken) {
    for (const Graph& stage : split_in_stages(step_, {{0, 3, 20}})) {
        std::set<ValueId> there;
        for (const Node& node : stage.nodes()) {
            for (const ValueId id : node.inputs) {
                const Role role = stage.value(base_of(stage, id)).role;
                const bool moves = role == Role::activation || role == Role::metric;
                EXPECT_TRUE(!moves || there.contains(base_of(stage, id)))
                    << node.layer << " reads " << stage.value(id).name;
            }
            for (const ValueId id : node.outputs)
                there.insert(base_of(stage, id));
        }
    }
}

TEST_F(StagesTest, TransfersAreMadeInTheOrderOfTheirNumbersOnEveryStage) {
    std::map<size_t, size_t> gave, took;
    for (const Graph& stage : split_in_stages(step_, {{0, 3, 20}})) {
        size_t last_given = 0;
        for (const Node& node : stage.nodes())
            if (const auto* way = as<ops::HandOver>(node)) {
                ++(way->gives ? gave : took)[way->number];
                if (!way->gives) continue;
                EXPECT_GE(way->number, last_given);
                last_given = way->number;
            }
    }
    for (const auto& [number, times] : gave) {
        EXPECT_EQ(times, 1u);
        EXPECT_GE(took[number], 1u) << "nobody wants what is given";
    }
    EXPECT_EQ(gave.size(), took.size());
}

TEST_F(StagesTest, OnlyTheFirstStageReadsImagesAndOnlyTheLastLabels) {
    const std::vector<Graph> stages = split_in_stages(step_, {{0, 9}});
    const auto inputs = [](const Graph& graph) {
        std::set<std::string> names;
        for (const ValueId id : graph.with_role(Role::input))
            names.insert(graph.value(id).name);
        return names;
    };
    EXPECT_EQ(inputs(stages[0]), (std::set<std::string>{"images"}));
    EXPECT_EQ(inputs(stages[1]), (std::set<std::string>{"labels"}));
    EXPECT_TRUE(stages[0].with_role(Role::metric).empty());
    EXPECT_EQ(stages[1].with_role(Role::metric).size(), 3u) << "of each batch";
}

TEST_F(StagesTest, StagesShareTheMemoryOfActivations) {
    const auto arena = [](const Graph& graph) {
        const KernelPlan plan = plan_of_captured("lavapipe-mesa22");
        return plan_memory(lower(graph, plan), int64_t{1} << 30, 256).total_bytes();
    };
    const int64_t one = arena(batch_);
    for (const Graph& stage :
         split_in_stages({&batch_, {{0, forward_of(batch_)}}, batch_.nodes().size()}, {{0, 12}}))
        EXPECT_LT(arena(stage), one);
}

TEST_F(StagesTest, ABatchesTrafficGrowsWithNeitherStagesNorBatches) {
    const BatchedStep one{&batch_, {{0, forward_of(batch_)}}, batch_.nodes().size()};
    for (const size_t layer : {5, 12, 30}) {
        const CutTraffic of_one = traffic_at(one, layer), of_three = traffic_at(step_, layer);
        EXPECT_GT(of_one.forward_bytes, 0);
        EXPECT_GT(of_one.backward_bytes, 0);
        EXPECT_EQ(of_one.forward_bytes, of_three.forward_bytes);
        EXPECT_EQ(of_one.backward_bytes, of_three.backward_bytes);
    }
}

}  // namespace
}  // namespace vkm::graph
