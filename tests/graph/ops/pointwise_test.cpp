#include "graph/support/operator_test.h"
#include "support/variants.h"

#include <graph/ops/bias_grad.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

struct PointwiseCase {
    Shape x;
    int64_t out_channels;
};

TensorType weights(DType dtype, int64_t in, int64_t out) {
    return {dtype, {1, 1, round_up4(in), out}};
}

// Adds weights, differentiable in fp32 only. Gradients of fp16 weights are fp32, which no parameter is: those
// have a test of their own.
ValueId weight_value(Graph& graph, DType dtype, int64_t in, int64_t out) {
    return dtype == DType::f32 ? differentiable(graph, "w", weights(dtype, in, out))
                               : graph.input("w", weights(dtype, in, out));
}

Build pointwise_of(const PointwiseCase& c) {
    return [c](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, c.x});
        return graph.add1("pw", ops::pointwise(), {x, weight_value(graph, dtype, c.x.c, c.out_channels)});
    };
}

Build weight_grad_of(const PointwiseCase& c) {
    return [c](Graph& graph, DType dtype) {
        const ValueId x = graph.input("x", {dtype, c.x});
        const ValueId dy = graph.input("dy", {dtype, {c.x.n, c.x.h, c.x.w, c.out_channels}});
        return graph.add1("pw", ops::pointwise_weight_grad(), {x, dy});
    };
}

// Returns options that leave at zero, as initialisation does, rows of w that only padding channels of x meet.
Options zero_padding_rows(int64_t in_channels) {
    Options options;
    options.fill["w"] = [in_channels](HostTensor& w) {
        for (int64_t k = in_channels; k < w.shape.w; ++k)
            for (int64_t n = 0; n < w.shape.c; ++n)
                w.at(k, n) = 0;
    };
    return options;
}

void expect_holds(const PointwiseCase& c, Options options) {
    options.fill["w"] = zero_padding_rows(c.x.c).fill["w"];
    expect_operator_holds(pointwise_of(c), options);
    options.gradients = false;
    expect_matches_reference(weight_grad_of(c), options);
}

TEST(PointwiseTest, MatchesReferenceOnOddSizes) {
    for (const PointwiseCase& c :
         {PointwiseCase{{3, 7, 5, 13}, 37}, {{1, 1, 1, 5}, 3}, {{1, 17, 13, 40}, 24}})
        expect_holds(c, {});
}

TEST(PointwiseTest, MatchesReferenceWhateverTheLanesShare) {
    for (const Sharing sharing : {Sharing::shuffle, Sharing::shared_memory, Sharing::direct}) {
        Options options;
        options.fp16 = variants_wanted();  // storage changes nothing of how lanes share
        options.devices = [sharing] { return devices({.sharing = sharing}); };
        // Wide, narrow, and of a single row, so that every tile is chosen.
        for (const PointwiseCase& c :
             {PointwiseCase{{2, 9, 7, 72}, 104}, {{5, 13, 11, 19}, 10}, {{1, 1, 1, 103}, 61}})
            expect_holds(c, options);
    }
}

TEST(PointwiseTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    const PointwiseCase c{{37, 16, 16, 32}, 44};
    Options options = zero_padding_rows(32);
    options.gradients = false;
    expect_matches_reference(pointwise_of(c), options);
    expect_matches_reference(weight_grad_of(c), options);
}

struct Fusion {
    Epilogue epilogue;
    Prologue prologue;
};

Build fused(const PointwiseCase& c, const Fusion& fusion) {
    return [=](Graph& graph, DType dtype) {
        std::vector<ValueId> inputs{graph.input("x", {dtype, c.x}),
                                    graph.input("w", weights(dtype, c.x.c, c.out_channels))};
        if (fusion.prologue.channel_scale)
            inputs.push_back(graph.input("scale", {dtype, {c.x.n, 1, 1, c.x.c}}));
        if (fusion.epilogue.bias) inputs.push_back(graph.input("bias", channel_vector(c.out_channels)));
        if (fusion.epilogue.residual)
            inputs.push_back(graph.input("residual", {dtype, {c.x.n, c.x.h, c.x.w, c.out_channels}}));
        return graph.add1("pw", ops::pointwise(fusion.epilogue, fusion.prologue), inputs);
    };
}

const std::vector<Fusion> fusions = with_variants<Fusion>(
    {{{.bias = true}, {}},
     {{.bias = true, .activation = Activation::hard_swish}, {}},
     {{.bias = true, .activation = Activation::relu, .residual = true}, {.channel_scale = true}}},
    {{{.bias = true, .activation = Activation::hard_sigmoid}, {}},
     {{.activation = Activation::relu6, .residual = true}, {}}});

TEST(PointwiseTest, AppliesPrologueAndEpilogue) {
    for (const Fusion& fusion : fusions) {
        Options options = zero_padding_rows(21);
        options.gradients = false;
        expect_matches_reference(fused({{3, 5, 3, 21}, 29}, fusion), options);
    }
}

TEST(PointwiseTest, MatchesReferenceOnMatrixUnits) {
    if (const auto has = has_matrix_units(); !has) GTEST_SKIP() << has.message();
    // Every tile, partly filled ones, and sums that end within a matrix.
    for (const PointwiseCase& c : {PointwiseCase{{2, 9, 7, 72}, 104},
                                   {{5, 13, 11, 19}, 10},
                                   {{1, 1, 1, 103}, 61},
                                   {{7, 1, 1, 5}, 3},
                                   {{4, 40, 32, 40}, 72}}) {
        Options options = zero_padding_rows(c.x.c);
        options.devices = [] { return devices_on_matrix_units(); };
        expect_matches_reference(pointwise_of(c), options);
        options.gradients = false;
        expect_matches_reference(weight_grad_of(c), options);
    }
    for (const Fusion& fusion : fusions) {
        Options options = zero_padding_rows(21);
        options.devices = [] { return devices_on_matrix_units(); };
        options.gradients = false;
        expect_matches_reference(fused({{3, 5, 3, 21}, 29}, fusion), options);
    }
}

TEST(PointwiseTest, CutsScalesWithTheirImages) {
    Options options = zero_padding_rows(24);
    options.gradients = false;
    expect_matches_reference(fused({{29, 20, 16, 24}, 40}, {{.residual = true}, {.channel_scale = true}}),
                             options);
}

TEST(PointwiseTest, DifferentiatesABias) {
    for (const PointwiseCase& c : {PointwiseCase{{41, 1, 1, 29}, 11}, {{3, 21, 17, 6}, 70}}) {
        const Build build = [c](Graph& graph, DType dtype) {
            const ValueId x = differentiable(graph, "x", {dtype, c.x});
            const ValueId w = weight_value(graph, dtype, c.x.c, c.out_channels);
            const ValueId bias = differentiable(graph, "bias", channel_vector(c.out_channels));
            return graph.add1("fc", ops::pointwise({.bias = true}), {x, w, bias});
        };
        expect_operator_holds(build, zero_padding_rows(c.x.c));
    }
}

TEST(PointwiseTest, SumsABiasGradientBeyondTheBindingRange) {
    const Build build = [](Graph& graph, DType dtype) {
        return graph.add1("fc", ops::bias_grad(), {graph.input("dy", {dtype, {40, 16, 16, 44}})});
    };
    expect_matches_reference(build, {.gradients = false, .step = {}, .fill = {}});
}

// 300 rows are several parts; 3 are one.
TEST(PointwiseTest, SumsBiasGradientsOfSeveralTensors) {
    for (const std::vector<Shape>& shapes :
         {std::vector<Shape>{{300, 1, 1, 13}, {300, 1, 1, 70}},
          {{3, 1, 1, 5}, {3, 1, 1, 131}, {3, 1, 1, 12}},
          {{70, 1, 1, 9}, {3, 5, 7, 65}, {130, 1, 1, 4}, {2, 1, 1, 1000}}}) {
        const Build build = [&shapes](Graph& graph, DType dtype) {
            std::vector<ValueId> gradients;
            for (const Shape& shape : shapes)
                gradients.push_back(graph.input(fmt::format("dy{}", gradients.size()), {dtype, shape}));
            return graph.add("biases", ops::bias_grad(), gradients).back();
        };
        expect_matches_reference(build, {.gradients = false, .step = {}, .fill = {}});
    }
}

TEST(PointwiseTest, RefusesBiasGradientsOfTooManyTensorsOrOfTwoTypes) {
    Graph graph;
    const ValueId half = graph.input("half", {DType::f16, {2, 1, 1, 8}}),
                  full = graph.input("full", f32({2, 1, 1, 8}));
    EXPECT_THROW(graph.add("biases", ops::bias_grad(), {half, full}), ShapeError);
    EXPECT_THROW(graph.add("biases", ops::bias_grad(), {full, full, full, full, full}), ShapeError);
}

TEST(PointwiseTest, AddsAnotherGradientToThatOfItsInput) {
    const Build build = [](Graph& graph, DType dtype) {
        const ValueId dy = graph.input("dy", {dtype, {2, 5, 7, 19}});
        const ValueId w = graph.input("w", weights(dtype, 11, 19));
        const ValueId other = graph.input("other", {dtype, {2, 5, 7, 11}});
        return graph.add1("pw", ops::pointwise_input_grad(11, {.residual = true}), {dy, w, other});
    };
    Options options = zero_padding_rows(11);
    options.gradients = false;
    expect_matches_reference(build, options);
}

TEST(PointwiseTest, CountsMultiplyAdds) {
    const std::vector<TensorType> x{f32({2, 7, 7, 10}), weights(DType::f32, 10, 6)}, y{f32({2, 7, 7, 6})};
    EXPECT_EQ(ops::pointwise()->multiply_adds(x, y), 2 * 49 * 10 * 6);
}

TEST(PointwiseTest, RefusesTensorsThatDoNotFit) {
    Graph graph;
    const ValueId x = graph.input("x", f32({2, 3, 3, 10})), w = graph.input("w", f32({1, 1, 12, 8}));
    const ValueId narrow = graph.input("narrow", f32({1, 1, 8, 8})),
                  bias = graph.input("bias", channel_vector(10));
    EXPECT_THROW(graph.add1("block.0", ops::pointwise(), {x, narrow}), ShapeError);
    EXPECT_THROW(graph.add1("block.0", ops::pointwise({.bias = true}), {x, w, bias}), ShapeError);
    EXPECT_THROW(graph.add1("block.0", ops::pointwise({.bias = true}), {x, w}), ShapeError);
    EXPECT_THROW(graph.add1("block.0", ops::pointwise({.residual = true}), {x, w, x}), ShapeError);
    EXPECT_THROW(graph.add1("block.0", ops::pointwise({}, {.channel_scale = true}), {x, w, x}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
