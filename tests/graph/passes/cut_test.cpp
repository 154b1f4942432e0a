#include <graph/passes/cut.h>
#include <graph/passes/remove_unused.h>
#include <graph/reference/reference.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/support/networks.h"

namespace vkm::test {
namespace {

using namespace graph;

TestNetwork training_network(const std::string& model, const std::string& frozen, double drop_path = 0) {
    const ModelConfig config = narrow_model(model);
    TestNetwork network;
    network.images = network.graph.input("images", f32({2, config.input_size, config.input_size, 3}));
    network.logits = build_network(network.graph, config, network.images, Mode::training,
                                   parse_frozen(frozen, config), drop_path);
    return network;
}

std::string features_name(const TestNetwork& network) {
    const std::optional<ValueId> id = features_of(network.graph, network.images);
    return id ? network.graph.value(*id).name : "none";
}

TEST(CutTest, FeaturesAreWhatTheFrozenLayersMake) {
    EXPECT_EQ(features_name(training_network("mobilenet_v3_small", "backbone")),
              "avgpool/global_average_pool");
    EXPECT_EQ(features_name(training_network("mobilenet_v2", "backbone")), "avgpool/global_average_pool");
    EXPECT_EQ(features_name(training_network("mobilenet_v3_small", "stages:2,bn")), "features.3/add");
}

TEST(CutTest, WhatIsDrawnAnewInEveryStepIsNoFeature) {
    // A dropout lies between the layers that are frozen and the one that is trained.
    EXPECT_EQ(features_name(training_network("mobilenet_v3_small", "all-but-output")),
              "classifier.1/activation");
}

TEST(CutTest, ThereAreNoneWhereTheFirstLayerIsTrained) {
    EXPECT_EQ(features_name(training_network("mobilenet_v3_small", "")), "none");
    EXPECT_EQ(features_name(training_network("mobilenet_v3_small", "features.3")), "none");
}

TEST(CutTest, BothPartsTogetherComputeWhatTheWholeDoes) {
    const TestNetwork network = test_network(narrow_model("mobilenet_v3_small"), 2);
    std::map<ValueId, HostTensor> values = trained_values(network.graph, 1);
    values[network.images] = noise({2, 32, 32, 3}, 2);
    run_reference(network.graph, values);
    const ValueId features = network.graph.find("features.5/add");

    Graph first = network.graph, second = network.graph;
    end_at(first, features);
    EXPECT_EQ(begin_at(second, features), features);
    EXPECT_EQ(first.nodes().size() + second.nodes().size(), network.graph.nodes().size());
    EXPECT_EQ(first.with_role(Role::metric), std::vector{features});
    EXPECT_EQ(second.with_role(Role::input), std::vector{features});
    EXPECT_EQ(second.with_role(Role::parameter), network.graph.with_role(Role::parameter));

    std::map<ValueId, HostTensor> own;
    for (const auto& [id, value] : values)
        if (second.value(id).producer < 0) own[id] = value;
    run_reference(second, own);
    EXPECT_EQ(own.at(network.logits).values, values.at(network.logits).values);
}

TEST(CutTest, InputsAreFloatsWhateverTheNetworkStores) {
    const ModelConfig config = narrow_model("mobilenet_v3_small");
    Graph graph;
    const ValueId images = graph.input("images", {DType::f16, {2, 32, 32, 3}});
    build_network(graph, config, images, Mode::training, parse_frozen("backbone", config));
    const ValueId features = *features_of(graph, images);
    const ValueId input = begin_at(graph, features);
    EXPECT_NE(input, features);
    EXPECT_EQ(graph.type(input), f32(graph.type(features).shape));
    EXPECT_EQ(graph.with_role(Role::input), std::vector{input});
}

}  // namespace
}  // namespace vkm::test
