#include <graph/operator.h>
#include <graph/ops/add.h>
#include <graph/ops/bias_grad.h>
#include <graph/passes/batch_bias_grads.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::ElementsAre;

// Has the gradients of biases of so many layers, one after the other.
struct Biases {
    Graph graph;
    std::vector<ValueId> made;

    void add(const Shape& dy, DType dtype = DType::f32) {
        const ValueId gradient = graph.input(fmt::format("dy{}", made.size()), {dtype, dy});
        made.push_back(graph.add1(fmt::format("layer{}", made.size()), ops::bias_grad(), {gradient}));
    }
};

std::vector<size_t> batches(const Graph& graph) {
    std::vector<size_t> sizes;
    const Graph batched = batch_bias_grads(graph);
    for (const Node& node : batched.nodes())
        if (as<ops::BiasGrad>(node)) sizes.push_back(node.inputs.size());
    return sizes;
}

TEST(BatchBiasGradsTest, OneNodeMakesThoseOfFourLayers) {
    Biases biases;
    for (const int64_t channels : {3, 8, 5, 40, 1, 7})
        biases.add({6, 1, 1, channels});
    EXPECT_THAT(batches(biases.graph), ElementsAre(4, 2));
    const Graph batched = batch_bias_grads(biases.graph);
    EXPECT_EQ(batched.nodes()[0].layer, "layer3") << "where all of them are made";
    EXPECT_THAT(batched.nodes()[0].outputs,
                ElementsAre(biases.made[0], biases.made[1], biases.made[2], biases.made[3]));
}

TEST(BatchBiasGradsTest, OneIsMadeBeforeWhatReadsIt) {
    Biases biases;
    biases.add({6, 1, 1, 8});
    biases.add({6, 1, 1, 8});
    biases.graph.add1("reader", ops::add(), {biases.made[0], biases.made[0]});
    biases.add({6, 1, 1, 8});
    biases.add({6, 1, 1, 8});
    EXPECT_THAT(batches(biases.graph), ElementsAre(2, 2));
}

TEST(BatchBiasGradsTest, MapsAreLeftAloneForTheyWouldLiveTooLong) {
    Biases biases;
    biases.add({6, 1, 1, 8});
    biases.add({6, 7, 7, 8});
    biases.add({6, 1, 1, 8});
    EXPECT_THAT(batches(biases.graph), ElementsAre(1, 2));
}

TEST(BatchBiasGradsTest, TypesAreNotMixed) {
    Biases biases;
    biases.add({6, 1, 1, 8});
    biases.add({6, 1, 1, 8}, DType::f16);
    biases.add({6, 1, 1, 8}, DType::f16);
    EXPECT_THAT(batches(biases.graph), ElementsAre(1, 2));
}

}  // namespace
}  // namespace vkm::test
