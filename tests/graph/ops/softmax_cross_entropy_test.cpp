#include "graph/support/operator_test.h"

#include <graph/ops/softmax_cross_entropy.h>

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

namespace vkm::test {
namespace {

using namespace graph;

struct LossCase {
    int64_t samples, classes;
    double smoothing;
};

class SoftmaxCrossEntropyTest : public testing::TestWithParam<LossCase> {};

// Builds a network that ends in the loss, which starts its own gradient.
struct LossNetwork {
    Graph graph;
    ValueId logits, labels, loss;

    LossNetwork(const LossCase& c, DType dtype, int64_t global_batch = 0) {
        logits = differentiable(graph, "logits", {dtype, {c.samples, 1, 1, c.classes}});
        labels = graph.input("labels", {DType::i32, {c.samples, 1, 1, 1}});
        loss = graph.add1("loss", ops::softmax_cross_entropy({c.smoothing, global_batch}), {logits, labels});
        pack_parameters(graph);
        add_gradients(graph, loss);
    }

    std::map<ValueId, HostTensor> random_values(double scale = 3) const {
        std::map<ValueId, HostTensor> values;
        HostTensor x(graph.type(logits).shape), y(graph.type(labels).shape);
        std::mt19937 random(11);
        std::normal_distribution<double> normal(0, scale);
        for (double& v : x.values)
            v = normal(random);
        for (size_t i = 0; i < y.values.size(); ++i)
            y.values[i] = i % 7 == 6 ? -1 : static_cast<double>(random() % static_cast<uint32_t>(x.shape.c));
        values[logits] = from_bytes(to_bytes(x, graph.type(logits)), graph.type(logits));
        values[labels] = y;
        return values;
    }
};

TEST_P(SoftmaxCrossEntropyTest, MatchesReferenceOnEveryDevice) {
    for (const DType dtype : {DType::f32, DType::f16}) {
        const LossNetwork network(GetParam(), dtype);
        const std::map<ValueId, HostTensor> given = network.random_values();
        std::map<ValueId, HostTensor> want = given;
        run_reference(network.graph, want);
        for (const DeviceUnderTest& device : devices_both_ways()) {
            SCOPED_TRACE(device.name);
            DeviceState state(*device.device);
            Executor executor({{&state, &network.graph}}, {.slots = 1, .keep_activations = true});
            state.write(network.graph, network.logits, given.at(network.logits));
            const auto slot = executor.begin();
            const auto labels = to_bytes(given.at(network.labels), network.graph.type(network.labels));
            std::memcpy(executor.input(slot, 0, network.labels).data(), labels.data(), labels.size());
            executor.submit(slot);
            const HostTensor loss = executor.read(0, network.loss);
            EXPECT_NEAR(loss.values[0], want.at(network.loss).values[0],
                        2e-5 * std::abs(want.at(network.loss).values[0]));
            EXPECT_EQ(loss.values[1], want.at(network.loss).values[1]);
            EXPECT_EQ(loss.values[2], want.at(network.loss).values[2]);
            const ValueId gradient = gradient_of(network.graph, network.logits);
            const HostTensor got = executor.read(0, gradient);
            for (size_t i = 0; i < got.values.size(); ++i)
                ASSERT_NEAR(got.values[i], want.at(gradient).values[i], (dtype == DType::f16 ? 1e-3 : 1e-6))
                    << i;
        }
    }
}

TEST_P(SoftmaxCrossEntropyTest, GradientMatchesFiniteDifferences) {
    const LossNetwork network(GetParam(), DType::f32);
    const std::map<ValueId, HostTensor> given = network.random_values();
    std::map<ValueId, HostTensor> values = given;
    run_reference(network.graph, values);
    const HostTensor& gradient = values.at(gradient_of(network.graph, network.logits));
    for (size_t i = 0; i < gradient.values.size(); i += 1 + gradient.values.size() / 40) {
        const auto loss = [&](double h) {
            std::map<ValueId, HostTensor> shifted = given;
            shifted.at(network.logits).values[i] += h;
            run_reference(network.graph, shifted);
            return shifted.at(network.loss).values[0];
        };
        EXPECT_NEAR(gradient.values[i], (loss(1e-5) - loss(-1e-5)) / 2e-5, 1e-8);
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SoftmaxCrossEntropyTest,
                         testing::Values(LossCase{1, 10, 0}, LossCase{13, 7, 0.1}, LossCase{5, 1000, 0.1},
                                         LossCase{3, 1, 0}, LossCase{320, 1003, 0}));

TEST(SoftmaxCrossEntropyTest, HugeLogitsStayFinite) {
    const LossNetwork network({4, 9, 0}, DType::f32);
    std::map<ValueId, HostTensor> values = network.random_values(1e4);
    run_reference(network.graph, values);
    EXPECT_TRUE(std::isfinite(values.at(network.loss).values[0]));
}

TEST(SoftmaxCrossEntropyTest, TheMeanIsOverTheGlobalBatch) {
    const LossNetwork whole({8, 5, 0.1}, DType::f32), share({8, 5, 0.1}, DType::f32, 32);
    std::map<ValueId, HostTensor> a = whole.random_values(), b = share.random_values();
    run_reference(whole.graph, a);
    run_reference(share.graph, b);
    EXPECT_NEAR(a.at(whole.loss).values[0] / 4, b.at(share.loss).values[0], 1e-12);
}

}  // namespace
}  // namespace vkm::test
