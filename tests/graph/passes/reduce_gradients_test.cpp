#include "graph/support/networks.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/operator.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/reduce_gradients.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::HasSubstr;

// Returns a classifier of fully connected layers of these widths, "0", "1", …, with its backward nodes.
Graph chain(const std::vector<int64_t>& widths) {
    Graph graph;
    ValueId x = graph.input("x", f32({3, 1, 1, 5}));
    for (size_t i = 0; i < widths.size(); ++i) {
        const std::string name = std::to_string(i);
        x = graph.add1(name, ops::pointwise(),
                       {x, graph.parameter({.name = name + ".weight",
                                            .torch_shape = {widths[i], graph.type(x).shape.c},
                                            .layout = WeightLayout::matrix})});
    }
    const ValueId labels = graph.input("labels", {DType::i32, {3, 1, 1, 1}});
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({0.0, 3}), {x, labels});
    pack_parameters(graph);
    add_gradients(graph, loss);
    return graph;
}

bool is_reduction(const Node& node) {
    return as<ops::AllReduce>(node) != nullptr;
}

std::vector<const Value*> gradients_of(const Graph& graph) {
    std::vector<const Value*> gradients;
    for (const ValueId parameter : graph.with_role(Role::parameter))
        if (graph.value(parameter).view_of != no_value) try {
                gradients.push_back(&graph.value(gradient_of(graph, parameter)));
            } catch (const Error&) {  // the loss does not depend on it
            }
    return gradients;
}

bool lies_in(const Value& part, const Value& whole) {
    return part.view_of == whole.view_of && part.view_offset >= whole.view_offset &&
           part.view_offset + part.type.bytes() <= whole.view_offset + whole.type.bytes();
}

// Expects what holds whatever the buckets: the nodes before stay as they were, and every gradient is reduced
// once, right behind the last of its bucket's writers.
void expect_reduced(const Graph& before, const Graph& after, int64_t bucket_bytes) {
    std::vector<const Node*> others;
    for (const Node& node : after.nodes())
        if (!is_reduction(node)) others.push_back(&node);
    ASSERT_EQ(others.size(), before.nodes().size());
    for (size_t i = 0; i < others.size(); ++i) {
        EXPECT_EQ(others[i]->op, before.nodes()[i].op);
        EXPECT_EQ(others[i]->inputs, before.nodes()[i].inputs);
        EXPECT_EQ(others[i]->outputs, before.nodes()[i].outputs);
    }
    std::vector<int> reduced(gradients_of(before).size(), 0);
    int64_t end = 0;
    size_t reductions = 0, short_ones = 0;
    for (size_t at = 0; at < after.nodes().size(); ++at) {
        const Node& node = after.nodes()[at];
        if (!is_reduction(node)) continue;
        ++reductions;
        ASSERT_EQ(node.inputs.size(), 1u);
        const Value& bucket = after.value(node.inputs[0]);
        SCOPED_TRACE(bucket.name);
        EXPECT_EQ(bucket.role, Role::gradient);
        EXPECT_EQ(bucket.view_of, flat_buffer(after, Role::gradient));
        EXPECT_EQ(bucket.view_offset % 512, 0);
        EXPECT_GE(bucket.view_offset, end);
        end = bucket.view_offset + bucket.type.bytes();
        short_ones += bucket.type.bytes() < bucket_bytes;
        NodeId last_writer = -1;
        const std::vector<const Value*> gradients = gradients_of(after);
        for (size_t i = 0; i < gradients.size(); ++i) {
            if (!lies_in(*gradients[i], bucket)) continue;
            ++reduced[i];
            last_writer = std::max(last_writer, gradients[i]->producer);
        }
        size_t behind = static_cast<size_t>(last_writer) + 1;
        while (is_reduction(after.nodes()[behind]) && behind < at)
            ++behind;  // other buckets that the same node completes
        EXPECT_EQ(behind, at);
    }
    EXPECT_THAT(reduced, testing::Each(1));
    EXPECT_GE(reductions, 1u);
    EXPECT_LE(short_ones, 1u) << "only what is left over makes a short bucket";
}

TEST(ReduceGradientsTest, BucketsOfAnySizeCoverEveryGradientOnce) {
    const Graph before = chain({7, 131, 3, 67, 11});
    for (const int64_t bucket_bytes : {1, 256, 1000, 5000, 37'000, 1 << 20}) {
        SCOPED_TRACE(bucket_bytes);
        expect_reduced(before, reduce_gradients(before, bucket_bytes), bucket_bytes);
    }
}

// Weights of 5 x 7, 7 x 11 and 11 x 3, stored as 8 x 8, 8 x 12 and 12 x 4 floats: 256, 384 and 192 bytes, in
// the flat buffer from last to first at 0, 512 and 1024.
TEST(ReduceGradientsTest, ABucketIsReducedRightBehindTheNodeThatFillsIt) {
    const auto outline = [](const Graph& graph) {
        std::vector<std::string> text;
        for (const Node& node : graph.nodes())
            text.push_back(is_reduction(node) ? node.layer : node.layer + "/" + std::string(node.op->name()));
        return text;
    };
    const Graph before = chain({7, 11, 3});
    const std::vector<std::string> forward{"0/pointwise", "1/pointwise", "2/pointwise",
                                           "loss/softmax_cross_entropy"};
    std::vector<std::string> backward = outline(before);
    ASSERT_GT(backward.size(), forward.size());
    ASSERT_TRUE(std::equal(forward.begin(), forward.end(), backward.begin()));
    const auto with = [&](std::vector<std::pair<std::string, std::string>> behind) {
        std::vector<std::string> expected;
        for (const std::string& node : backward) {
            expected.push_back(node);
            for (const auto& [writer, reduction] : behind)
                if (node == writer) expected.push_back(reduction);
        }
        return expected;
    };
    EXPECT_EQ(outline(reduce_gradients(before, 1)),
              with({{"2/pointwise_weight_grad", "gradients[0, 192)"},
                    {"1/pointwise_weight_grad", "gradients[512, 896)"},
                    {"0/pointwise_weight_grad", "gradients[1024, 1280)"}}));
    EXPECT_EQ(outline(reduce_gradients(before, 500)),
              with({{"1/pointwise_weight_grad", "gradients[0, 896)"},
                    {"0/pointwise_weight_grad", "gradients[1024, 1280)"}}));
    EXPECT_EQ(outline(reduce_gradients(before)), with({{"0/pointwise_weight_grad", "gradients[0, 1280)"}}));
}

TEST(ReduceGradientsTest, TheFirstBucketIsReducedWhileBackwardStillRuns) {
    const Graph after = reduce_gradients(chain({7, 131, 3, 67, 11}), 1000);
    size_t first = 0, gradients_to_come = 0;
    while (!is_reduction(after.nodes()[first]))
        ++first;
    for (const Value* gradient : gradients_of(after))
        gradients_to_come += static_cast<size_t>(gradient->producer) > first;
    EXPECT_GE(gradients_to_come, 3u);
}

TEST(ReduceGradientsTest, AParameterTheLossDoesNotDependOnIsNotReduced) {
    Graph graph;
    const ValueId x = graph.input("x", f32({3, 1, 1, 5}));
    const auto weight = [&](const std::string& name, int64_t out) {
        return graph.parameter({.name = name, .torch_shape = {out, 5}, .layout = WeightLayout::matrix});
    };
    graph.add1("first", ops::pointwise(), {x, weight("first", 1021)});
    const ValueId logits = graph.add1("middle", ops::pointwise(), {x, weight("middle", 7)});
    graph.add1("last", ops::pointwise(), {x, weight("last", 1021)});
    const ValueId labels = graph.input("labels", {DType::i32, {3, 1, 1, 1}});
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({0.0, 3}), {logits, labels});
    pack_parameters(graph);
    add_gradients(graph, loss);
    const Graph after = reduce_gradients(graph);
    expect_reduced(graph, after, 1 << 20);
    const Value& bucket = after.value(after.nodes().back().inputs[0]);
    EXPECT_EQ(bucket.view_offset, after.value(after.find("middle")).view_offset);
    EXPECT_EQ(bucket.type.bytes(), after.value(after.find("middle")).type.bytes());
}

TEST(ReduceGradientsTest, AWholeNetworksGradientsAreReduced) {
    ModelConfig config = model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.input_size = 32;
    config.num_classes = 13;
    TestNetwork network = test_network(config, 3, Mode::training);
    const ValueId labels = network.graph.input("labels", {DType::i32, {3, 1, 1, 1}});
    const ValueId loss =
        network.graph.add1("loss", ops::softmax_cross_entropy({0.0, 3}), {network.logits, labels});
    pack_parameters(network.graph);
    add_gradients(network.graph, loss);
    for (const int64_t bucket_bytes : {1 << 16, 4 << 20})
        expect_reduced(network.graph, reduce_gradients(network.graph, bucket_bytes), bucket_bytes);
}

TEST(ReduceGradientsTest, AGraphWithoutGradientsIsAnError) {
    Graph graph;
    graph.parameter({.name = "p", .torch_shape = {7}});
    pack_parameters(graph);
    EXPECT_THAT(message_of<Error>([&] { reduce_gradients(graph); }), HasSubstr("add_gradients first"));
}

}  // namespace
}  // namespace vkm::test
