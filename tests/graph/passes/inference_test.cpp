#include "graph/support/networks.h"

#include <graph/flat_buffers.h>
#include <graph/operator.h>
#include <graph/ops/add.h>
#include <graph/passes/inference.h>
#include <graph/passes/remove_unused.h>
#include <graph/reference/reference.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;

std::map<ValueId, HostTensor> weights(const InferenceGraph& graph,
                                      const std::map<ValueId, HostTensor>& original) {
    std::map<ValueId, HostTensor> values;
    graph.each_weight([&](ValueId id) { return original.at(id); },
                      [&](ValueId id, HostTensor value) { values[id] = std::move(value); });
    return values;
}

size_t count(const Graph& graph, std::string_view op) {
    return static_cast<size_t>(std::count_if(graph.nodes().begin(), graph.nodes().end(),
                                             [&](const Node& node) { return node.op->name() == op; }));
}

void expect_same_logits(const ModelConfig& config) {
    const TestNetwork network = test_network(config, 2);
    const InferenceGraph inference = for_inference(network.graph);
    auto before = trained_values(network.graph, 1);
    auto after = weights(inference, before);
    before[network.images] = after[inference.at(network.images)] = noise({2, 32, 32, 3}, 2);
    run_reference(network.graph, before);
    run_reference(inference.graph, after);
    const HostTensor &expected = before.at(network.logits), &actual = after.at(inference.at(network.logits));
    ASSERT_EQ(actual.shape, expected.shape);
    for (size_t i = 0; i < expected.values.size(); ++i)
        EXPECT_NEAR(actual.values[i], expected.values[i], 1e-9);
}

TEST(InferenceTest, EveryModelComputesTheSameLogits) {
    for (const Model& model : models()) {
        SCOPED_TRACE(model_name(model));
        expect_same_logits(narrow_model(model_name(model)));
    }
}

TEST(InferenceTest, OptionsDoNotChangeThat) {
    ModelConfig config = narrow_model("mobilenet_v3_small");
    config.se_order = SeOrder::before;
    config.padding = Padding::same;
    config.block1_stride = 1;
    expect_same_logits(config);
}

TEST(InferenceTest, OnlyConvolutionsAndPoolingAreLeft) {
    for (const Model& model : common_models()) {
        const InferenceGraph inference =
            for_inference(test_network(narrow_model(model_name(model)), 1).graph);
        for (const Node& node : inference.graph.nodes())
            EXPECT_THAT(node.op->name(), testing::AnyOf("convolution", "depthwise", "pointwise",
                                                        "inverted_residual", "global_average_pool"))
                << node.layer;
        EXPECT_TRUE(inference.graph.with_role(Role::state).empty());
    }
}

TEST(InferenceTest, SqueezeExciteBeforeTheActivationKeepsScaleAndActivation) {
    ModelConfig config = narrow_model("mobilenet_v3_small");
    config.se_order = SeOrder::before;
    const InferenceGraph inference = for_inference(test_network(config, 1).graph);
    EXPECT_EQ(count(inference.graph, "batch_norm_inference"), 0u);
    EXPECT_EQ(count(inference.graph, "channel_scale"), 9u);
    EXPECT_EQ(count(inference.graph, "activation"), 9u);
}

TEST(InferenceTest, HalfPrecisionStaysHalfPrecision) {
    const ModelConfig config = narrow_model("mobilenet_v3_small");
    Graph graph;
    const ValueId images = graph.input("images", {DType::f16, {1, 32, 32, 3}});
    const ValueId logits = build_network(graph, config, images, Mode::evaluation);
    const InferenceGraph half = for_inference(graph), single = for_inference(test_network(config, 1).graph);
    EXPECT_EQ(half.graph.nodes().size(), single.graph.nodes().size());
    EXPECT_EQ(half.graph.type(half.at(logits)), graph.type(logits));
    for (const ValueId id : half.graph.with_role(Role::parameter)) {
        const bool vector = half.graph.value(id).info->layout == WeightLayout::vector;
        EXPECT_EQ(half.graph.type(id).dtype, vector ? DType::f32 : DType::f16) << half.graph.value(id).name;
    }
}

TEST(InferenceTest, HasAValueForEveryParameterAndTakesThePlaceOfMore) {
    const TestNetwork network = test_network(narrow_model("mobilenet_v3_small"), 1);
    InferenceGraph inference = for_inference(network.graph);
    const auto values = weights(inference, trained_values(network.graph, 1));
    const auto parameters = inference.graph.with_role(Role::parameter);
    EXPECT_EQ(values.size(), parameters.size());
    for (const ValueId id : parameters)
        EXPECT_EQ(values.at(id).shape, inference.graph.type(id).shape);
    EXPECT_LT(parameters.size(), network.graph.with_role(Role::parameter).size());
    EXPECT_NO_THROW(pack_parameters(inference.graph));
    EXPECT_THROW(inference.at(network.graph.find("features.0.0/convolution")), Error);
}

TEST(RemoveUnusedTest, WhatNoNodeTouchesGoesUnlessItIsTheHosts) {
    Graph graph;
    const ValueId unused = graph.parameter({.name = "unused", .torch_shape = {3}});
    const ValueId labels = graph.input("labels", {DType::i32, {1, 1, 1, 1}});
    const ValueId x = graph.input("x", f32({1, 2, 2, 4}));
    const ValueId y = graph.add1("sum", ops::add(), {x, x});
    const CompactGraph compact = remove_unused(graph);
    EXPECT_EQ(compact.graph.values().size(), 3u);
    EXPECT_EQ(compact.moved[static_cast<size_t>(unused)], no_value);
    EXPECT_EQ(compact.graph.value(compact.moved[static_cast<size_t>(labels)]).name, "labels");
    const ValueId moved = compact.moved[static_cast<size_t>(y)];
    EXPECT_EQ(compact.graph.value(moved).producer, 0);
    EXPECT_EQ(compact.graph.nodes()[0].outputs, std::vector<ValueId>{moved});
}

TEST(RemoveUnusedTest, PackedParametersAreRefused) {
    Graph graph;
    graph.parameter({.name = "w", .torch_shape = {3}});
    pack_parameters(graph);
    EXPECT_THROW(remove_unused(graph), Error);
}

}  // namespace
}  // namespace vkm::test
