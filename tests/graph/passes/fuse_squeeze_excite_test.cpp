#include "graph/support/block.h"

#include <graph/lower/lowering.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/squeeze_excite_layers.h>
#include <graph/passes/fuse_squeeze_excite.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

struct Case {
    Shape x;
    int64_t hidden = 8;
    ops::SqueezeExciteLayers layers = {};
};

class SqueezeExcite {
  public:
    SqueezeExcite(Graph& graph, DType dtype) : graph_(graph), block_(graph, dtype) {}

    ValueId biased(const std::string& layer, ValueId x, int64_t out) {
        const ValueId w = block_.weight(layer + ".w", {1, 1, round_up4(graph_.type(x).shape.c), out});
        return graph_.add1(layer, ops::pointwise({.bias = true}),
                           {x, w, block_.parameter(layer + ".b", channel_vector(out))});
    }
    ValueId activation(const std::string& layer, ValueId x, Activation f) {
        return graph_.add1(layer, ops::activation(f), {x});
    }

  private:
    Graph& graph_;
    Block block_;
};

Build squeeze_excite(const Case& c) {
    return [c](Graph& graph, DType dtype) {
        SqueezeExcite se(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, c.x});
        const ValueId pooled = graph.add1("se.pool", ops::global_average_pool(), {x});
        const ValueId h =
            se.activation("se.activation", se.biased("se.fc1", pooled, c.hidden), c.layers.hidden);
        const ValueId s = se.activation("se.scale_activation", se.biased("se.fc2", h, c.x.c), c.layers.scale);
        return graph.add1("se", ops::channel_scale(), {x, s});
    };
}

// Returns options whose sums are small against the biases. These lie away from the kinks, on all sides of
// them in turn, so that no rounding puts a value on another side than the reference's.
Options fused(const Case& c) {
    const auto small = [](int64_t rows) {
        return [rows](HostTensor& w) {  // rows that only padding channels meet are zero
            for (int64_t k = 0; k < w.shape.w; ++k)
                for (int64_t n = 0; n < w.shape.c; ++n)
                    w.at(k, n) *= k < rows ? 0.1 / std::sqrt(static_cast<double>(rows)) : 0;
        };
    };
    const auto in_turn = [](std::vector<double> values) {
        return [values](HostTensor& b) {
            for (size_t i = 0; i < b.values.size(); ++i)
                b.values[i] = values[i % values.size()];
        };
    };
    Options options;
    options.fill["se.fc1.w"] = small(c.x.c);
    options.fill["se.fc2.w"] = small(c.hidden);
    options.fill["se.fc1.b"] = in_turn({2, -2, 3});
    options.fill["se.fc2.b"] = in_turn({0.5, -6, 1, 7, -1});
    options.pass = fuse_squeeze_excite;
    options.fp16_tolerance = 1e-2;  // of a chain of roundings
    return options;
}

class FuseSqueezeExciteTest : public testing::TestWithParam<Case> {};

TEST_P(FuseSqueezeExciteTest, DevicesMatchTheReferenceForwardAndBackward) {
    expect_matches_reference(squeeze_excite(GetParam()), fused(GetParam()));
}

TEST_P(FuseSqueezeExciteTest, WithAGpusReductions) {
    Options options = fused(GetParam());
    options.devices = [] { return devices({.column_tree = true}); };
    expect_matches_reference(squeeze_excite(GetParam()), options);
}

// Odd and prime channels; batches below and above the images of a workgroup; channels of a V3-Large; hidden
// channels beyond what the usual shared memory holds, for one image and for several.
INSTANTIATE_TEST_SUITE_P(
    Sizes, FuseSqueezeExciteTest,
    testing::Values(Case{{1, 3, 2, 5}, 3}, Case{{3, 5, 3, 13}, 7}, Case{{9, 1, 3, 37}, 11},
                    Case{{6, 2, 2, 134}, 41, {.hidden = Activation::relu6, .scale = Activation::none}},
                    Case{{5, 1, 1, 672}, 168}, Case{{5, 1, 1, 34}, 515},
                    Case{{3, 1, 1, 10}, ops::most_hidden_channels}));

// Their weights are more than every device can bind as texels.
TEST(FuseSqueezeExciteTest, DevicesMatchTheReferenceOnTheLargestLayers) {
    const Case c{{3, 1, 2, 960}, 240};
    Options options = fused(c);
    options.devices = [] {
        std::vector<DeviceUnderTest> all = devices();
        std::ranges::copy(devices({.column_tree = true}), std::back_inserter(all));
        return all;
    };
    expect_matches_reference(squeeze_excite(c), options);
}

TEST(FuseSqueezeExciteTest, OnTensorsBeyondTheBindingRange) {
    const Case c{{263, 1, 1, 1031}, 10};
    expect_matches_reference(squeeze_excite(c), fused(c));
}

TEST(FuseSqueezeExciteTest, GradientsMatchFiniteDifferences) {
    const Case c{{3, 3, 2, 13}, 6};
    expect_gradients_match_finite_differences(squeeze_excite(c), fused(c));
}

TEST(FuseSqueezeExciteTest, LayersAreOneNodeEachWay) {
    const Graph before = gradients_of(squeeze_excite({{2, 3, 3, 8}}));
    const Graph after = fuse_squeeze_excite(before);
    EXPECT_EQ(after.nodes().size() + 6, before.nodes().size());
    EXPECT_THAT(operators(after), Contains("squeeze_excite_layers").Times(1));
    EXPECT_THAT(operators(after), Contains("squeeze_excite_layers_grad").Times(1));
    for (const char* gone : {"pointwise", "activation", "activation_grad", "pointwise_input_grad"})
        EXPECT_THAT(operators(after), Not(Contains(gone)));
    for (const char* left : {"pointwise_weight_grad", "bias_grad"})
        EXPECT_THAT(operators(after), Contains(left).Times(2));
}

TEST(FuseSqueezeExciteTest, IsOneDispatchAWindow) {
    const Graph graph = fuse_squeeze_excite(gradients_of(squeeze_excite({{256, 1, 1, 960}, 240})));
    for (const DeviceUnderTest& device : devices({.column_tree = true})) {
        std::map<std::string, int> dispatches;
        const Program program = lower(graph, device.device->plan());
        for (const Command& command : program.commands)
            ++dispatches[std::string(graph.nodes()[static_cast<size_t>(command.node)].op->name())];
        EXPECT_EQ(dispatches["squeeze_excite_layers"], 1) << device.name;
        EXPECT_EQ(dispatches["squeeze_excite_layers_grad"], 1) << device.name;
    }
}

// Builds fc1 -> f -> fc2 -> g, and what the test adds to it.
Graph layers(Activation f,
             const std::function<void(Graph&, SqueezeExcite&, ValueId y, ValueId h)>& add = {}) {
    const Build build = [&](Graph& graph, DType dtype) {
        SqueezeExcite se(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, {2, 1, 1, 8}});
        const ValueId y = se.biased("fc1", x, 4), h = se.activation("f", y, f);
        if (add) add(graph, se, y, h);
        return se.activation("g", se.biased("fc2", h, 8), Activation::hard_sigmoid);
    };
    return gradients_of(build);
}

TEST(FuseSqueezeExciteTest, AnActivationWhoseDerivativeNeedsWhatItIsAppliedToKeepsIt) {
    const Graph after = fuse_squeeze_excite(layers(Activation::hard_swish));
    EXPECT_THAT(operators(after), Not(Contains("squeeze_excite_layers")));
    EXPECT_THAT(operators(after), Contains("squeeze_excite_layers_grad").Times(1)) << "which reads either";
}

TEST(FuseSqueezeExciteTest, WhatSomebodyElseReadsIsLeftAlone) {
    const Graph read_before = layers(Activation::relu, [](Graph&, SqueezeExcite& se, ValueId y, ValueId) {
        se.activation("other", y, Activation::relu6);
    });
    EXPECT_THAT(operators(fuse_squeeze_excite(read_before)), Not(Contains("squeeze_excite_layers")));
    const Graph read_between = layers(Activation::relu, [](Graph&, SqueezeExcite& se, ValueId, ValueId h) {
        se.activation("other", h, Activation::relu6);
    });
    EXPECT_THAT(operators(fuse_squeeze_excite(read_between)), Not(Contains("squeeze_excite_layers")))
        << "before the fused layers would have written it";
}

TEST(FuseSqueezeExciteTest, LayersOfPixelsAreLeftAlone) {
    const Build build = [](Graph& graph, DType dtype) {
        SqueezeExcite se(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, {2, 3, 1, 8}});
        const ValueId h = se.activation("f", se.biased("fc1", x, 4), Activation::relu);
        return se.activation("g", se.biased("fc2", h, 8), Activation::hard_sigmoid);
    };
    const Graph before = gradients_of(build);
    EXPECT_EQ(operators(fuse_squeeze_excite(before)), operators(before));
}

TEST(SqueezeExciteLayersTest, RefuseWhatDoesNotFit) {
    Graph graph;
    const auto input = [&](Shape shape) { return graph.input("", f32(shape)); };
    const auto made_of = [&](Shape x, Shape w1, int64_t b1, Shape w2, int64_t b2) {
        graph.add("se", ops::squeeze_excite_layers({}),
                  {input(x), input(w1), input({1, 1, 1, b1}), input(w2), input({1, 1, 1, b2})});
    };
    EXPECT_NO_THROW(made_of({2, 1, 1, 8}, {1, 1, 8, 4}, 4, {1, 1, 4, 8}, 8));
    EXPECT_THROW(made_of({2, 1, 1, 8}, {1, 1, 8, 4}, 4, {1, 1, 4, 12}, 12), ShapeError);
    EXPECT_THROW(made_of({2, 1, 1, 8}, {1, 1, 8, 4}, 8, {1, 1, 4, 8}, 8), ShapeError);
    EXPECT_THROW(made_of({2, 3, 1, 8}, {1, 1, 8, 4}, 4, {1, 1, 4, 8}, 8), ShapeError);
    constexpr int64_t many = ops::most_hidden_channels + 4;
    EXPECT_THROW(made_of({2, 1, 1, 8}, {1, 1, 8, many}, many, {1, 1, many, 8}, 8), ShapeError);
}

}  // namespace
}  // namespace vkm::test
