#include <graph/operator.h>
#include <graph/ops/inverted_residual.h>
#include <graph/passes/inference.h>
#include <graph/reference/reference.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "graph/support/networks.h"

namespace vkm::test {
namespace {

using namespace graph;

std::vector<const InvertedResidual*> blocks_of(const Graph& graph) {
    std::vector<const InvertedResidual*> blocks;
    for (const Node& node : graph.nodes())
        if (const auto* block = as<InvertedResidual>(node)) blocks.push_back(block);
    return blocks;
}

TEST(FuseBlocksTest, EveryBlockWithoutSqueezeExciteBecomesANode) {
    struct {
        const char* model;
        size_t blocks, without_expansion, residuals;
    } const expected[] = {
        {"mobilenet_v2", 17, 1, 10}, {"mobilenet_v3_large", 7, 1, 5}, {"mobilenet_v3_small", 2, 0, 1}};
    for (const auto& [model, count, without_expansion, residuals] : expected) {
        SCOPED_TRACE(model);
        const Graph network = test_network(model_config(model), 1).graph;
        const InferenceGraph layers = for_inference(network, Granularity::layers),
                             whole = for_inference(network, Granularity::blocks);
        const auto blocks = blocks_of(whole.graph);
        EXPECT_TRUE(blocks_of(layers.graph).empty());
        EXPECT_EQ(blocks.size(), count);
        EXPECT_EQ(std::ranges::count_if(blocks, [](const auto* block) { return !block->expand; }),
                  without_expansion);
        EXPECT_EQ(std::ranges::count_if(
                      blocks, [](const auto* block) { return block->project.op->epilogue().residual; }),
                  residuals);
        EXPECT_EQ(whole.graph.nodes().size(), layers.graph.nodes().size() - 2 * count + without_expansion);
    }
}

TEST(FuseBlocksTest, LayersKeepTheirNames) {
    const InferenceGraph whole = for_inference(test_network(narrow_model("mobilenet_v2"), 1).graph);
    const InvertedResidual& second = *blocks_of(whole.graph).at(1);
    EXPECT_EQ(second.expand.layer, "features.2.conv.0.0");
    EXPECT_EQ(second.depthwise.layer, "features.2.conv.1.0");
    EXPECT_EQ(second.project.layer, "features.2.conv.2");
}

TEST(FuseBlocksTest, TheNetworkComputesTheSame) {
    for (const char* model : {"mobilenet_v2", "mobilenet_v3_large"}) {
        const TestNetwork network = test_network(narrow_model(model), 2);
        const auto trained = trained_values(network.graph, 1);
        std::vector<HostTensor> logits;
        for (const Granularity granularity : {Granularity::layers, Granularity::blocks}) {
            const InferenceGraph inference = for_inference(network.graph, granularity);
            std::map<ValueId, HostTensor> values;
            inference.each_weight([&](ValueId id) { return trained.at(id); },
                                  [&](ValueId id, HostTensor value) { values[id] = std::move(value); });
            values[inference.at(network.images)] = noise({2, 32, 32, 3}, 2);
            run_reference(inference.graph, values);
            logits.push_back(values.at(inference.at(network.logits)));
        }
        EXPECT_EQ(logits[0].values, logits[1].values);
    }
}

}  // namespace
}  // namespace vkm::test
