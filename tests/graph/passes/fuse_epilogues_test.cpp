#include "graph/support/networks.h"

#include <graph/operator.h>
#include <graph/ops/activation.h>
#include <graph/ops/add.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/sgd.h>
#include <graph/passes/convolution_node.h>
#include <graph/passes/fuse_epilogues.h>
#include <graph/reference/reference.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

// Holds a graph of one input and one output.
struct EpilogueCase {
    Graph graph;
    ValueId x = no_value, y = no_value;

    explicit EpilogueCase(const Shape& shape) { x = y = graph.input("x", f32(shape)); }

    ValueId matrix(const std::string& name, int64_t in, int64_t out) {
        return graph.parameter({.name = name,
                                .torch_shape = {out, in},
                                .layout = WeightLayout::matrix,
                                .initialiser = Initialiser::kaiming_normal_fan_out});
    }
    ValueId biased(const std::string& layer, ValueId from, int64_t out) {
        const ValueId w = matrix(layer + ".weight", graph.type(from).shape.c, out);
        const ValueId bias = graph.parameter({.name = layer + ".bias", .torch_shape = {out}});
        return graph.add1(layer, ops::pointwise({.bias = true}), {from, w, bias});
    }
};

void expect_same(const EpilogueCase& c, const Graph& fused) {
    auto before = trained_values(c.graph, 1);
    for (const ValueId id : c.graph.with_role(Role::input))
        before[id] = noise(c.graph.type(id).shape, 2);
    auto after = before;
    run_reference(c.graph, before);
    run_reference(fused, after);
    const HostTensor &expected = before.at(c.y), &actual = after.at(c.y);
    ASSERT_EQ(actual.values.size(), expected.values.size());
    for (size_t i = 0; i < expected.values.size(); ++i)
        ASSERT_NEAR(actual.values[i], expected.values[i], 1e-9);
}

TEST(FuseEpiloguesTest, AnActivationMovesIntoTheConvolution) {
    EpilogueCase c({2, 3, 5, 6});
    c.y = c.graph.add1("act", ops::activation(Activation::hard_swish), {c.biased("fc", c.x, 7)});
    const Graph fused = fuse_epilogues(c.graph);
    ASSERT_EQ(fused.nodes().size(), 1u);
    EXPECT_EQ(fused.nodes()[0].layer, "fc");
    EXPECT_EQ(as_convolution(fused.nodes()[0]).op->epilogue(),
              (Epilogue{.bias = true, .activation = Activation::hard_swish}));
    EXPECT_EQ(fused.nodes()[0].outputs, std::vector<ValueId>{c.y});
    expect_same(c, fused);
}

TEST(FuseEpiloguesTest, AResidualMovesIntoTheConvolutionOnEitherSideOfTheSum) {
    for (const bool convolution_first : {true, false}) {
        EpilogueCase c({2, 3, 5, 6});
        const ValueId z = c.biased("project", c.x, 6);
        c.y = c.graph.add1("sum", ops::add(), convolution_first ? std::vector{z, c.x} : std::vector{c.x, z});
        const Graph fused = fuse_epilogues(c.graph);
        ASSERT_EQ(fused.nodes().size(), 1u);
        EXPECT_EQ(as_convolution(fused.nodes()[0]).op->epilogue(),
                  (Epilogue{.bias = true, .residual = true}));
        EXPECT_EQ(as_convolution(fused.nodes()[0]).residual, c.x);
        expect_same(c, fused);
    }
}

TEST(FuseEpiloguesTest, OfTwoConvolutionsInASumOneTakesTheOther) {
    EpilogueCase c({2, 3, 5, 6});
    const ValueId a = c.biased("a", c.x, 7);
    const ValueId b = c.graph.add1("act", ops::activation(Activation::relu), {c.biased("b", c.x, 7)});
    c.y = c.graph.add1("sum", ops::add(), {a, b});
    const Graph fused = fuse_epilogues(c.graph);
    ASSERT_EQ(fused.nodes().size(), 2u);
    EXPECT_EQ(fused.nodes()[0].layer, "b");
    EXPECT_EQ(fused.nodes()[1].layer, "a");
    expect_same(c, fused);
}

TEST(FuseEpiloguesTest, AnActivationBehindASumStays) {
    EpilogueCase c({2, 3, 5, 6});
    const ValueId sum = c.graph.add1("sum", ops::add(), {c.biased("project", c.x, 6), c.x});
    c.y = c.graph.add1("act", ops::activation(Activation::relu), {sum});
    const Graph fused = fuse_epilogues(c.graph);
    EXPECT_EQ(fused.nodes().size(), 2u);
    expect_same(c, fused);
}

TEST(FuseEpiloguesTest, ASecondActivationStays) {
    EpilogueCase c({1, 3, 5, 6});
    const ValueId once =
        c.graph.add1("one", ops::activation(Activation::hard_swish), {c.biased("fc", c.x, 6)});
    c.y = c.graph.add1("two", ops::activation(Activation::relu), {once});
    const Graph fused = fuse_epilogues(c.graph);
    EXPECT_EQ(fused.nodes().size(), 2u);
    expect_same(c, fused);
}

TEST(FuseEpiloguesTest, AnOutputThatOthersReadStays) {
    EpilogueCase c({1, 3, 5, 6});
    const ValueId z = c.biased("fc", c.x, 6);
    const ValueId activated = c.graph.add1("act", ops::activation(Activation::relu), {z});
    c.y = c.graph.add1("sum", ops::add(), {activated, z});
    EXPECT_EQ(fuse_epilogues(c.graph).nodes().size(), 3u);
    EpilogueCase twice({1, 3, 5, 6});
    const ValueId once = twice.biased("fc", twice.x, 6);
    twice.y = twice.graph.add1("double", ops::add(), {once, once});
    EXPECT_EQ(fuse_epilogues(twice.graph).nodes().size(), 2u);
}

TEST(FuseEpiloguesTest, AValueTheHostReadsStays) {
    EpilogueCase c({1, 3, 5, 6});
    const ValueId z = c.biased("fc", c.x, 6);
    c.graph.value(z).role = Role::metric;
    c.y = c.graph.add1("act", ops::activation(Activation::relu), {z});
    EXPECT_EQ(fuse_epilogues(c.graph).nodes().size(), 2u);
}

// Fused, the convolution would run behind the update of its weights.
TEST(FuseEpiloguesTest, AConvolutionWhoseWeightsAreUpdatedBeforeItsReaderStays) {
    for (const bool update_between : {false, true}) {
        EpilogueCase c({1, 3, 5, 6});
        const ValueId w = c.matrix("w", 6, 8);
        const TensorType type = c.graph.type(w);
        const ValueId gradient = c.graph.input("gradient", type);
        const ValueId momentum =
            c.graph.add_value({.name = "momentum", .type = type, .role = Role::optimizer, .info = {}});
        const auto update = [&] {
            c.graph.add("update", ops::sgd({}), {w, gradient, momentum, c.graph.step_params()});
        };
        const ValueId z = c.graph.add1("conv", ops::pointwise(), {c.x, w});
        if (update_between) update();
        c.y = c.graph.add1("act", ops::activation(Activation::relu), {z});
        if (!update_between) update();
        EXPECT_EQ(fuse_epilogues(c.graph).nodes().size(), update_between ? 3u : 2u);
    }
}

TEST(FuseEpiloguesTest, WhatAnOperatorsShapeRuleRefusesStays) {
    EpilogueCase c({3, 4, 5, 6});
    const ValueId w =
        c.graph.parameter({.name = "w", .torch_shape = {6, 1, 3, 3}, .layout = WeightLayout::depthwise});
    const ValueId z = c.graph.add1("dw", ops::depthwise(1, Padding::symmetric), {c.x, w});
    c.y = c.graph.add1("sum", ops::add(), {z, c.x});  // a depthwise convolution adds no residual
    const Graph fused = fuse_epilogues(c.graph);
    EXPECT_EQ(fused.nodes().size(), 2u);
    expect_same(c, fused);
}

TEST(FuseChannelScaleTest, ThePointwiseConvolutionScalesAsItLoads) {
    EpilogueCase c({3, 2, 5, 6});
    const ValueId gate = c.graph.input("gate", f32({3, 1, 1, 6}));
    const ValueId scaled = c.graph.add1("se", ops::channel_scale(), {c.x, gate});
    const ValueId projected = c.biased("project", scaled, 6);
    c.y = c.graph.add1("sum", ops::add(), {projected, c.x});
    const Graph fused = fuse_channel_scale(fuse_epilogues(c.graph));
    ASSERT_EQ(fused.nodes().size(), 1u);
    const ConvolutionNode convolution = as_convolution(fused.nodes()[0]);
    EXPECT_TRUE(convolution.op->prologue().channel_scale);
    EXPECT_EQ(convolution.op->epilogue(), (Epilogue{.bias = true, .residual = true}));
    EXPECT_EQ(convolution.x, c.x);
    EXPECT_EQ(convolution.scale, gate);
    EXPECT_EQ(convolution.residual, c.x);
    expect_same(c, fused);
}

TEST(FuseChannelScaleTest, OtherConvolutionsHaveNoSuchPrologue) {
    EpilogueCase c({3, 4, 5, 6});
    const ValueId gate = c.graph.input("gate", f32({3, 1, 1, 6}));
    const ValueId w =
        c.graph.parameter({.name = "w", .torch_shape = {6, 1, 3, 3}, .layout = WeightLayout::depthwise});
    c.graph.add1("dw", ops::depthwise(1, Padding::symmetric),
                 {c.graph.add1("se", ops::channel_scale(), {c.x, gate}), w});
    EXPECT_EQ(fuse_channel_scale(c.graph).nodes().size(), 2u);
}

}  // namespace
}  // namespace vkm::test
