#include "graph/support/operator_test.h"
#include "support/variants.h"

#include <graph/ops/batch_norm.h>

#include <graph/flat_buffers.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace vkm::test {
namespace {

using namespace graph;

ValueId state(Graph& graph, std::string name, int64_t channels) {
    return graph.add_value(
        {.name = std::move(name), .type = channel_vector(channels), .role = Role::state, .info = {}});
}

Build training(Shape shape, const ops::BatchNorm& norm) {
    return [=](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, shape});
        const ValueId gamma = differentiable(graph, "gamma", channel_vector(shape.c));
        const ValueId beta = differentiable(graph, "beta", channel_vector(shape.c));
        const ValueId statistics = graph.add1("bn", ops::batch_statistics(), {x});
        return graph.add1(
            "bn", ops::batch_norm(norm),
            {x, statistics, gamma, beta, state(graph, "mean", shape.c), state(graph, "variance", shape.c)});
    };
}

Build inference(Shape shape, const ops::BatchNormInference& norm) {
    return [=](Graph& graph, DType dtype) {
        return graph.add1(
            "bn", ops::batch_norm_inference(norm),
            {graph.input("x", {dtype, shape}), graph.input("gamma", channel_vector(shape.c)),
             graph.input("beta", channel_vector(shape.c)), graph.input("mean", channel_vector(shape.c)),
             graph.input("variance", channel_vector(shape.c))});
    };
}

void make_positive(HostTensor& tensor) {
    for (double& v : tensor.values)
        v = 0.5 + v * v;
}

Options with_variance() {
    Options options;
    options.fill["variance"] = make_positive;
    return options;
}

class BatchNormTest : public testing::TestWithParam<Activation> {};

TEST_P(BatchNormTest, MatchesReferenceForwardAndBackward) {
    expect_operator_holds(
        training({3, 5, 7, 13}, {.epsilon = 1e-3, .momentum = 0.01, .activation = GetParam()}),
        with_variance());
}

TEST_P(BatchNormTest, InferenceMatchesReference) {
    Options options = with_variance();
    options.gradients = false;
    expect_operator_holds(inference({2, 5, 3, 29}, {.epsilon = 1e-3, .activation = GetParam()}), options);
}

INSTANTIATE_TEST_SUITE_P(Activations, BatchNormTest,
                         testing::Values(Activation::none, Activation::relu, Activation::relu6,
                                         Activation::hard_swish));

TEST(BatchNormTest, NormalisesVectors) {
    expect_operator_holds(training({9, 1, 1, 13}, {.activation = Activation::hard_swish}), with_variance());
}

TEST(BatchNormTest, MatchesReferenceOnWideTensors) {
    expect_matches_reference(training({2, 3, 3, 1283}, {.activation = Activation::hard_swish}),
                             with_variance());
}

TEST(BatchNormTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(training({23, 32, 32, 22}, {.activation = Activation::relu}), with_variance());
}

// Many strands, one and a half, one; and many parts.
TEST(BatchNormTest, MatchesReferenceWithAGpusReductions) {
    Options options = with_variance();
    options.devices = [] { return devices({.column_tree = true}); };
    for (const Shape& shape :
         with_variants<Shape>({{3, 5, 7, 13}, {2, 3, 3, 515}, {5, 41, 43, 6}}, {{2, 5, 3, 173}}))
        expect_matches_reference(training(shape, {.activation = Activation::hard_swish}), options);
}

TEST(BatchNormTest, NormalisesOneImageOfOnePixel) {
    expect_matches_reference(training({1, 1, 1, 5}, {}), with_variance());
}

TEST(BatchNormTest, KeepsItsAccuracyWhereTheMeanIsAThousandDeviations) {
    Options options = with_variance();
    options.fp16 = false;
    options.fp32_tolerance = 2e-4;  // x itself is rounded to 1000 * 2^-24 = 6e-5 deviations
    options.fill["x"] = [](HostTensor& x) {
        for (double& v : x.values)
            v += 1000;
    };
    expect_matches_reference(training({7, 9, 11, 10}, {.epsilon = 1e-3}), options);
}

TEST(BatchNormTest, RefusesStatisticsOfOtherChannels) {
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 2, 2, 8})), c = graph.input("c", channel_vector(8));
    EXPECT_THROW(graph.add1("bn", ops::batch_norm({}), {x, graph.input("s", f32({1, 1, 3, 9})), c, c, c, c}),
                 ShapeError);
    EXPECT_THROW(
        graph.add1("bn", ops::batch_norm_inference({}), {x, c, c, c, graph.input("v", channel_vector(7))}),
        ShapeError);
}

TEST(BatchNormOverflowTest, AnActivationThatOverflowedSpoilsNoRunningStatistics) {
    constexpr int64_t channels = 13, bad = 5;
    for (const DType dtype : {DType::f32, DType::f16}) {
        Graph graph;
        const ValueId x = graph.input("x", {dtype, {2, 3, 3, channels}});
        const ValueId gamma = graph.input("gamma", channel_vector(channels));
        const ValueId beta = graph.input("beta", channel_vector(channels));
        const ValueId mean = state(graph, "mean", channels), variance = state(graph, "variance", channels);
        pack_parameters(graph);
        const ValueId statistics = graph.add1("bn", ops::batch_statistics(), {x});
        graph.add1("bn", ops::batch_norm({.momentum = 0.5}), {x, statistics, gamma, beta, mean, variance});
        HostTensor given(graph.type(x).shape);
        for (int64_t row = 0; row < given.shape.rows(); ++row)
            for (int64_t c = 0; c < channels; ++c)
                given.at(row, c) = static_cast<double>(row % 2 * 2 + c);
        given.at(7, bad) = std::numeric_limits<double>::infinity();
        const std::vector<std::byte> bytes = to_bytes(given, graph.type(x));
        for (const DeviceUnderTest& device : devices_both_ways()) {
            SCOPED_TRACE(device.name);
            DeviceState on_device(*device.device);
            Executor executor({{&on_device, &graph}});
            const auto slot = executor.begin();
            std::memcpy(executor.input(slot, 0, x).data(), bytes.data(), bytes.size());
            executor.submit(slot);
            for (int64_t c = 0; c < channels; ++c) {
                const double moved = c == bad ? 0 : 1;
                EXPECT_NEAR(executor.read(0, mean).at(0, c), moved * 0.5 * static_cast<double>(c + 1), 1e-6);
                EXPECT_NEAR(executor.read(0, variance).at(0, c), moved * 0.5 * 18 / 17, 1e-6);
            }
        }
    }
}

}  // namespace
}  // namespace vkm::test
