#include "graph/support/networks.h"

#include <graph/operator.h>
#include <graph/ops/activation.h>
#include <graph/ops/add.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/pointwise.h>
#include <graph/passes/convolution_node.h>
#include <graph/passes/fold_batch_norm.h>
#include <graph/reference/reference.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::HasSubstr;

ValueId weight(Graph& graph, std::string name, std::vector<int64_t> shape, WeightLayout layout) {
    return graph.parameter({.name = std::move(name),
                            .torch_shape = std::move(shape),
                            .layout = layout,
                            .initialiser = Initialiser::kaiming_normal_fan_out});
}

ValueId normalise(Graph& graph, const std::string& layer, ValueId x, Activation activation) {
    const int64_t c = graph.type(x).shape.c;
    const auto vector = [&](const char* name, Initialiser initialiser) {
        return ParameterInfo{.name = layer + name, .torch_shape = {c}, .initialiser = initialiser};
    };
    const ValueId gamma = graph.parameter(vector(".weight", Initialiser::ones));
    const ValueId beta = graph.parameter(vector(".bias", Initialiser::zeros));
    const ValueId mean = graph.state(vector(".running_mean", Initialiser::zeros));
    const ValueId variance = graph.state(vector(".running_var", Initialiser::ones));
    return graph.add1(layer, ops::batch_norm_inference({.epsilon = 1e-3, .activation = activation}),
                      {x, gamma, beta, mean, variance});
}

double largest_difference(const HostTensor& a, const HostTensor& b) {
    double largest = 0;
    for (size_t i = 0; i < a.values.size(); ++i)
        largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
    return largest;
}

// Runs both graphs on the same images and weights and compares a value.
void expect_same(const Graph& graph, const FoldedGraph& folded, ValueId images, ValueId output) {
    auto before = trained_values(graph, 1);
    auto after = before;
    for (const Folding& folding : folded.foldings) {
        FoldedWeights weights = fold_weights(folding, [&](ValueId id) { return before.at(id); });
        after[folding.weight] = std::move(weights.weight);
        after[folding.bias] = std::move(weights.bias);
    }
    before[images] = after[images] = noise(graph.type(images).shape, 2);
    run_reference(graph, before);
    run_reference(folded.graph, after);
    EXPECT_EQ(folded.graph.type(output), graph.type(output));
    EXPECT_LE(largest_difference(before.at(output), after.at(output)), 1e-9);
}

TEST(FoldBatchNormTest, EveryKindOfConvolutionTakesBatchNormAndActivationIntoItsEpilogue) {
    Graph graph;
    const ValueId images = graph.input("images", f32({2, 7, 5, 3}));
    ValueId x = graph.add1("stem.0", ops::convolution(2, Padding::symmetric),
                           {images, weight(graph, "stem.0.weight", {9, 3, 3, 3}, WeightLayout::dense)});
    x = normalise(graph, "stem.1", x, Activation::hard_swish);
    x = graph.add1("dw.0", ops::depthwise(1, Padding::same),
                   {x, weight(graph, "dw.0.weight", {9, 1, 5, 5}, WeightLayout::depthwise)});
    x = normalise(graph, "dw.1", x, Activation::relu6);
    x = graph.add1("pw.0", ops::pointwise(),
                   {x, weight(graph, "pw.0.weight", {6, 9, 1, 1}, WeightLayout::matrix)});
    x = normalise(graph, "pw.1", x, Activation::none);

    const FoldedGraph folded = fold_batch_norm(graph);
    ASSERT_EQ(folded.graph.nodes().size(), 3u);
    ASSERT_EQ(folded.foldings.size(), 3u);
    const Activation activations[] = {Activation::hard_swish, Activation::relu6, Activation::none};
    const char* layers[] = {"stem.0", "dw.0", "pw.0"};
    for (size_t i = 0; i < 3; ++i) {
        const Node& node = folded.graph.nodes()[i];
        const ConvolutionNode convolution = as_convolution(node);
        EXPECT_EQ(node.layer, layers[i]);
        ASSERT_TRUE(convolution);
        EXPECT_EQ(convolution.op->epilogue(), (Epilogue{.bias = true, .activation = activations[i]}));
        EXPECT_EQ(convolution.bias, folded.foldings[i].bias);
        EXPECT_EQ(folded.graph.value(convolution.w).name, std::string(layers[i]) + ".weight");
        EXPECT_EQ(folded.graph.value(convolution.bias).name, std::string(layers[i]) + ".bias");
    }
    expect_same(graph, folded, images, x);
}

TEST(FoldBatchNormTest, AConvolutionsOwnBiasIsFoldedToo) {
    Graph graph;
    const ValueId images = graph.input("images", f32({1, 4, 3, 5}));
    const ValueId w = weight(graph, "pw.weight", {7, 5, 1, 1}, WeightLayout::matrix);
    const ValueId bias = weight(graph, "pw.bias", {7}, WeightLayout::vector);
    const ValueId y = graph.add1("pw", ops::pointwise({.bias = true}), {images, w, bias});
    const ValueId z = normalise(graph, "norm", y, Activation::relu);
    const FoldedGraph folded = fold_batch_norm(graph);
    ASSERT_EQ(folded.graph.nodes().size(), 1u);
    EXPECT_EQ(folded.foldings.at(0).convolution_bias, bias);
    expect_same(graph, folded, images, z);
}

TEST(FoldBatchNormTest, AConvolutionWhoseOutputOthersReadIsLeft) {
    Graph graph;
    const ValueId images = graph.input("images", f32({1, 4, 4, 8}));
    const ValueId y = graph.add1("pw", ops::pointwise(),
                                 {images, weight(graph, "pw.weight", {8, 8, 1, 1}, WeightLayout::matrix)});
    const ValueId z = graph.add1("sum", ops::add(), {normalise(graph, "norm", y, Activation::relu), y});
    const FoldedGraph folded = fold_batch_norm(graph);
    EXPECT_EQ(folded.graph.nodes().size(), 3u);
    EXPECT_TRUE(folded.foldings.empty());
    EXPECT_EQ(folded.graph.type(z), graph.type(z));
}

TEST(FoldBatchNormTest, WeightsThatTwoConvolutionsShareAreLeft) {
    Graph graph;
    const ValueId images = graph.input("images", f32({1, 4, 4, 8}));
    const ValueId w = weight(graph, "shared.weight", {8, 8, 1, 1}, WeightLayout::matrix);
    const ValueId y =
        normalise(graph, "a.1", graph.add1("a.0", ops::pointwise(), {images, w}), Activation::none);
    normalise(graph, "b.1", graph.add1("b.0", ops::pointwise(), {y, w}), Activation::none);
    EXPECT_TRUE(fold_batch_norm(graph).foldings.empty());
}

TEST(FoldBatchNormTest, BatchNormBehindAnActivationIsLeft) {
    Graph graph;
    const ValueId images = graph.input("images", f32({1, 4, 4, 8}));
    const ValueId w = weight(graph, "pw.weight", {8, 8, 1, 1}, WeightLayout::matrix);
    const ValueId y = graph.add1("pw", ops::pointwise({.activation = Activation::relu}), {images, w});
    normalise(graph, "norm", y, Activation::none);
    EXPECT_TRUE(fold_batch_norm(graph).foldings.empty());
}

TEST(FoldBatchNormTest, OfTwoBatchNormsTheSecondIsLeft) {
    Graph graph;
    const ValueId images = graph.input("images", f32({1, 4, 4, 8}));
    const ValueId w = weight(graph, "pw.weight", {8, 8, 1, 1}, WeightLayout::matrix);
    ValueId x = graph.add1("pw", ops::pointwise(), {images, w});
    x = normalise(graph, "first", x, Activation::none);
    x = normalise(graph, "second", x, Activation::none);
    const FoldedGraph folded = fold_batch_norm(graph);
    EXPECT_EQ(folded.graph.nodes().size(), 2u);
    EXPECT_EQ(folded.foldings.size(), 1u);
    expect_same(graph, folded, images, x);
}

TEST(FoldBatchNormTest, TrainingGraphsAreRefused) {
    ModelConfig config = model_config("mobilenet_v2");
    config.input_size = 32;
    try {
        fold_batch_norm(test_network(config, 2, Mode::training).graph);
        FAIL() << "a training graph was folded";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("features.0.1"));
    }
}

}  // namespace
}  // namespace vkm::test
