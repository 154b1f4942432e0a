#include "graph/support/networks.h"

#include <graph/operator.h>
#include <graph/summary.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Summary summary_of(const ModelConfig& config) {
    return summarise(test_network(config, 1).graph);
}

// "Numbers that do not move" in the architecture page.
TEST(SummaryTest, ParametersAreTorchvisions) {
    struct Row {
        const char* model;
        double width;
        int64_t parameters;
    };
    for (const auto& [model, width, parameters] :
         {Row{"mobilenet_v2", 1, 3504872}, Row{"mobilenet_v3_small", 1, 2542856},
          Row{"mobilenet_v3_small", 0.75, 1653920}, Row{"mobilenet_v3_small", 0.5, 917264},
          Row{"mobilenet_v3_small", 0.25, 374272}, Row{"mobilenet_v3_large", 1, 5483032},
          Row{"mobilenet_v3_large", 0.75, 3377576}, Row{"mobilenet_v3_large", 0.5, 1734576},
          Row{"mobilenet_v3_large", 0.25, 617000}}) {
        ModelConfig config = model_config(model);
        config.width = width;
        EXPECT_EQ(summary_of(config).parameters, parameters) << model << " " << width;
        EXPECT_EQ(parameter_count(test_network(config, 1).graph), parameters) << model << " " << width;
    }
}

TEST(SummaryTest, MultiplyAddsAt224AreThePublishedOnes) {
    EXPECT_EQ(summary_of(model_config("mobilenet_v3_small")).multiply_adds, 56510400);
    EXPECT_EQ(summary_of(model_config("mobilenet_v3_large")).multiply_adds, 216589760);
    EXPECT_EQ(summary_of(model_config("mobilenet_v2")).multiply_adds, 300774272);
}

TEST(SummaryTest, MultiplyAddsOfASmallImageWithAStemOfStrideOne) {
    ModelConfig config = model_config("mobilenet_v3_small");
    config.input_size = 32;
    config.stem_stride = 1;
    config.num_classes = 10;
    EXPECT_EQ(summary_of(config).multiply_adds, 5502720);
}

// Keras documents 3.9 and 2.0 million, timm 3.92 and 2.04.
TEST(SummaryTest, MinimalisticVariantsHaveTensorFlowsParameters) {
    EXPECT_EQ(summary_of(model_config("tf_mobilenetv3_large_minimal_100")).parameters, 3924288);
    EXPECT_EQ(summary_of(model_config("tf_mobilenetv3_small_minimal_100")).parameters, 2044736);
}

TEST(SummaryTest, MultiplyAddsGrowWithTheBatchAndParametersDoNot) {
    const ModelConfig config = model_config("mobilenet_v3_small");
    const Summary one = summary_of(config), three = summarise(test_network(config, 3).graph);
    EXPECT_EQ(three.multiply_adds, 3 * one.multiply_adds);
    EXPECT_EQ(three.parameters, one.parameters);
}

TEST(SummaryTest, LayersAreNamedByModulePathAndAddUp) {
    const Summary summary = summary_of(model_config("mobilenet_v3_small"));
    int64_t parameters = 0, multiply_adds = 0;
    for (const LayerSummary& layer : summary.layers) {
        parameters += layer.parameters;
        multiply_adds += layer.multiply_adds;
    }
    EXPECT_EQ(parameters, summary.parameters);
    EXPECT_EQ(multiply_adds, summary.multiply_adds);
    const LayerSummary& stem = summary.layers.front();
    EXPECT_EQ(stem.layer, "features.0.0");
    EXPECT_EQ(stem.operation, "convolution");
    EXPECT_EQ(stem.output, (Shape{1, 112, 112, 16}));
    EXPECT_EQ(stem.parameters, 16 * 3 * 9);
    EXPECT_EQ(stem.multiply_adds, 112 * 112 * 16 * 3 * 9);
    const LayerSummary& last = summary.layers.back();
    EXPECT_EQ(last.layer, "classifier.3");
    EXPECT_EQ(last.parameters, 1024 * 1000 + 1000);
}

TEST(SummaryTest, TableHasALineALayerAndTheTotals) {
    const Summary summary = summary_of(model_config("mobilenet_v2"));
    const std::string text = table(summary);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), static_cast<int64_t>(summary.layers.size()) + 2);
    EXPECT_THAT(text, testing::HasSubstr("features.18.0"));
    EXPECT_THAT(text, testing::HasSubstr("1x7x7x1280"));
    EXPECT_THAT(text.substr(text.rfind("total")),
                testing::AllOf(testing::HasSubstr("3504872"), testing::HasSubstr("300774272")));
}

}  // namespace
}  // namespace vkm::test
