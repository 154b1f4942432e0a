#include "graph/support/networks.h"

#include <graph/operator.h>
#include <graph/weights/parameters.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;
using testing::ElementsAre;
using testing::HasSubstr;

ModelConfig small_images(std::string_view model) {
    ModelConfig config = model_config(model);
    config.input_size = 32;
    config.num_classes = 10;
    return config;
}

std::vector<std::string> weight_names(const Graph& graph) {
    std::vector<std::string> names;
    for (const ValueId id : weights_of(graph))
        names.push_back(graph.value(id).name);
    return names;
}

// Returns "layer operator" of the nodes whose layer is the prefix or below it.
std::vector<std::string> nodes_of(const Graph& graph, const std::string& prefix) {
    std::vector<std::string> lines;
    for (const Node& node : graph.nodes())
        if (node.layer == prefix || node.layer.starts_with(prefix + "."))
            lines.push_back(fmt::format("{} {}", node.layer, node.op->name()));
    return lines;
}

TEST(NetworkTest, GivesLogitsForEveryImage) {
    for (const Model& model : models())
        for (const Mode mode : {Mode::evaluation, Mode::training, Mode::training_synchronised}) {
            const TestNetwork network = test_network(small_images(model_name(model)), 3, mode);
            EXPECT_EQ(network.graph.type(network.logits), f32({3, 1, 1, 10}));
        }
}

TEST(NetworkTest, EveryModeHasTheSameWeightsInTheSameOrder) {
    for (const Model& model : models()) {
        const ModelConfig config = small_images(model_name(model));
        const auto names = weight_names(test_network(config, 2).graph);
        EXPECT_EQ(weight_names(test_network(config, 2, Mode::training).graph), names);
        EXPECT_EQ(weight_names(test_network(config, 5, Mode::training_synchronised).graph), names);
    }
}

TEST(NetworkTest, NodesOfASqueezeExciteBlockAreNamedByModulePath) {
    const TestNetwork network = test_network(small_images("mobilenet_v3_small"), 1);
    EXPECT_THAT(
        nodes_of(network.graph, "features.5"),
        ElementsAre("features.5.block.0.0 pointwise", "features.5.block.0.1 batch_norm_inference",
                    "features.5.block.1.0 depthwise", "features.5.block.1.1 batch_norm_inference",
                    "features.5.block.2.avgpool global_average_pool", "features.5.block.2.fc1 pointwise",
                    "features.5.block.2.activation activation", "features.5.block.2.fc2 pointwise",
                    "features.5.block.2.scale_activation activation", "features.5.block.2 channel_scale",
                    "features.5.block.3.0 pointwise", "features.5.block.3.1 batch_norm_inference",
                    "features.5 add"));
}

TEST(NetworkTest, SqueezeExciteBeforeTheActivationMovesTheActivation) {
    ModelConfig config = small_images("mobilenet_v3_small");
    config.se_order = SeOrder::before;
    const TestNetwork network = test_network(config, 1);
    EXPECT_THAT(
        nodes_of(network.graph, "features.5.block.2"),
        ElementsAre("features.5.block.2.avgpool global_average_pool", "features.5.block.2.fc1 pointwise",
                    "features.5.block.2.activation activation", "features.5.block.2.fc2 pointwise",
                    "features.5.block.2.scale_activation activation", "features.5.block.2 channel_scale",
                    "features.5.block.2 activation"));
}

TEST(NetworkTest, TrainingComputesStatisticsAndSynchronisedTrainingReducesThem) {
    const ModelConfig config = small_images("mobilenet_v2");
    EXPECT_THAT(
        nodes_of(test_network(config, 2, Mode::training).graph, "features.0"),
        ElementsAre("features.0.0 convolution", "features.0.1 batch_statistics", "features.0.1 batch_norm"));
    EXPECT_THAT(nodes_of(test_network(config, 2, Mode::training_synchronised).graph, "features.0"),
                ElementsAre("features.0.0 convolution", "features.0.1 batch_statistics",
                            "features.0.1 all_reduce", "features.0.1 batch_norm"));
}

TEST(NetworkTest, DropoutIsOfTrainingOnlyAndStandsWhereTorchvisionHasIt) {
    for (const auto& [model, layer] :
         {std::pair{"mobilenet_v3_large", "classifier.2"}, {"mobilenet_v2", "classifier.0"}}) {
        ModelConfig config = small_images(model);
        const auto dropouts = [&](Mode mode) {
            const TestNetwork network = test_network(config, 1, mode);
            std::vector<std::string> layers;
            for (const Node& node : network.graph.nodes())
                if (node.op->name() == "dropout") layers.push_back(node.layer);
            return layers;
        };
        EXPECT_THAT(dropouts(Mode::training), ElementsAre(layer));
        EXPECT_THAT(dropouts(Mode::evaluation), ElementsAre());
        config.dropout = 0;
        EXPECT_THAT(dropouts(Mode::training), ElementsAre());
    }
}

TEST(NetworkTest, StridesShrinkTheImage) {
    ModelConfig config = model_config("mobilenet_v3_small");
    const auto last_size = [&] {
        const TestNetwork network = test_network(config, 1);
        return network.graph.type(network.graph.find("features.12.0/pointwise")).shape.h;
    };
    EXPECT_EQ(last_size(), 7);
    config.stem_stride = 1;
    EXPECT_EQ(last_size(), 14);
    config.block1_stride = 1;
    EXPECT_EQ(last_size(), 28);
}

TEST(NetworkTest, AStridedBlockMadeDenseAddsItsInputWhereChannelsAllow) {
    ModelConfig config = small_images("mobilenet_v3_small");
    EXPECT_THAT(nodes_of(test_network(config, 1).graph, "features.1"),
                testing::Not(testing::Contains("features.1 add")));
    config.block1_stride = 1;
    EXPECT_THAT(nodes_of(test_network(config, 1).graph, "features.1"), testing::Contains("features.1 add"));
}

TEST(NetworkTest, HalfPrecisionImagesMakeHalfPrecisionActivationsAndWeights) {
    for (const Model& model : models()) {
        Graph graph;
        const ValueId images = graph.input("images", {DType::f16, {1, 32, 32, 3}});
        const ValueId logits =
            build_network(graph, small_images(model_name(model)), images, Mode::evaluation);
        EXPECT_EQ(graph.type(logits), (TensorType{DType::f16, {1, 1, 1, 10}}));
        for (const ValueId id : weights_of(graph)) {
            const bool vector = graph.value(id).info->layout == WeightLayout::vector;
            EXPECT_EQ(graph.type(id).dtype, vector ? DType::f32 : DType::f16) << graph.value(id).name;
        }
    }
}

TEST(NetworkTest, TrainingInHalfPrecisionCastsItsWeightsFromSinglePrecision) {
    Graph graph;
    const ValueId images = graph.input("images", {DType::f16, {2, 32, 32, 3}});
    const ValueId logits = build_network(graph, small_images("mobilenet_v2"), images, Mode::training);
    EXPECT_EQ(graph.type(logits).dtype, DType::f16);
    for (const ValueId id : weights_of(graph))
        EXPECT_EQ(graph.type(id).dtype, DType::f32) << graph.value(id).name;
    EXPECT_THAT(nodes_of(graph, "features.0.0"),
                ElementsAre("features.0.0.weight cast", "features.0.0 convolution"));
}

TEST(NetworkTest, ErrorsNameTheLayer) {
    Graph graph;
    const ValueId images = graph.input("images", f32({1, 32, 32, 4}));
    try {
        build_network(graph, model_config("mobilenet_v2"), images, Mode::evaluation);
        FAIL() << "images of four channels were accepted";
    } catch (const ShapeError& error) {
        EXPECT_THAT(error.what(), HasSubstr("features.0.0"));
        EXPECT_THAT(error.what(), HasSubstr("1x32x32x4"));
    }
}

}  // namespace
}  // namespace vkm::test
