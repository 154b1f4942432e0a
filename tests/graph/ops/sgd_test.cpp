#include "graph/support/operator_test.h"

#include <graph/ops/sgd.h>

#include <graph/flat_buffers.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>

namespace vkm::test {
namespace {

using namespace graph;

struct SgdNetwork {
    Graph graph;
    ValueId parameters, gradients, momenta, loss, unscale = no_value;

    SgdNetwork(int64_t size, const ops::Sgd& sgd, bool scaled) {
        differentiable(graph, "w", channel_vector(size));
        pack_parameters(graph);
        parameters = flat_buffer(graph, Role::parameter);
        const TensorType type = graph.type(parameters);
        gradients = graph.input("gradients", type);
        momenta = graph.add_value({.name = "momenta", .type = type, .role = Role::optimizer, .info = {}});
        loss = graph.input("loss", channel_vector(3));
        std::vector<ValueId> inputs{parameters, gradients, momenta, graph.step_params(), loss};
        if (scaled) inputs.push_back(unscale = graph.input("unscale", channel_vector(4)));
        graph.add("optimizer", ops::sgd(sgd), inputs);
    }
};

HostTensor random_tensor(const TensorType& type, uint32_t seed) {
    HostTensor tensor(type.shape);
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (double& v : tensor.values)
        v = normal(random);
    return tensor;
}

void set_input(Executor& executor, Executor::Slot slot, const Graph& graph, ValueId id,
               const HostTensor& tensor) {
    const std::vector<std::byte> bytes = to_bytes(tensor, graph.type(id));
    std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
}

struct Given {
    double loss = 1;
    std::optional<double> unscale = {};
    double gradient = 0.5;  ///< the first one
};

void expect_sgd_matches(int64_t size, const ops::Sgd& sgd, const Given& special = {}) {
    const SgdNetwork network(size, sgd, special.unscale.has_value());
    const TensorType type = network.graph.type(network.parameters);
    std::map<ValueId, HostTensor> want;
    want[network.parameters] = random_tensor(type, 1);
    want[network.momenta] = random_tensor(type, 2);
    want[network.gradients] = random_tensor(type, 3);
    want[network.loss] = HostTensor({1, 1, 1, 3});
    want[network.loss].values[0] = special.loss;
    want[network.gradients].values[0] = special.gradient;
    if (special.unscale) {
        for (double& gradient : want[network.gradients].values)
            gradient /= *special.unscale == 0 ? 1 : *special.unscale;
        want[network.unscale] = HostTensor({1, 1, 1, 4});
        want[network.unscale].values[0] = *special.unscale;
    }
    const std::map<ValueId, HostTensor> given = want;
    StepParams step;
    step.learning_rate = 0.1f;
    run_reference(network.graph, want, step);
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        DeviceState state(*device.device);
        Executor executor({{&state, &network.graph}});
        state.write(network.graph, network.parameters, given.at(network.parameters));
        state.write(network.graph, network.momenta, given.at(network.momenta));
        const auto slot = executor.begin();
        set_input(executor, slot, network.graph, network.gradients, given.at(network.gradients));
        set_input(executor, slot, network.graph, network.loss, given.at(network.loss));
        if (special.unscale)
            set_input(executor, slot, network.graph, network.unscale, given.at(network.unscale));
        executor.set_step(slot, 0, step);
        executor.submit(slot);
        for (const ValueId id : {network.parameters, network.momenta}) {
            const HostTensor got = executor.read(0, id);
            for (size_t i = 0; i < got.values.size(); ++i)
                ASSERT_NEAR(got.values[i], want.at(id).values[i], 1e-6);
        }
    }
}

TEST(SgdTest, MatchesReferenceWithMomentumAndWeightDecay) {
    expect_sgd_matches(1003, {0.9, false, 5e-4});
}
TEST(SgdTest, MatchesReferenceWithNesterov) {
    expect_sgd_matches(1003, {0.9, true, 4e-5});
}
TEST(SgdTest, WithoutMomentumItIsPlainDescent) {
    expect_sgd_matches(64, {0, false, 0});
}
TEST(SgdTest, MatchesReferenceOnBuffersBeyondTheBindingRange) {
    expect_sgd_matches(700'001, {0.9, false, 1e-4});
}
TEST(SgdTest, NothingMovesWhenTheLossIsNotFinite) {
    expect_sgd_matches(64, {0.9, false, 5e-4}, {.loss = std::numeric_limits<double>::quiet_NaN()});
    expect_sgd_matches(64, {0.9, false, 5e-4}, {.loss = std::numeric_limits<double>::infinity()});
}
TEST(SgdTest, TakesTheLossScaleOutOfTheGradients) {
    expect_sgd_matches(1003, {0.9, true, 4e-5}, {.unscale = 1.0 / 65536});
}
TEST(SgdTest, NothingMovesWhenGradientsOverflowed) {
    expect_sgd_matches(64, {0.9, false, 5e-4},
                       {.unscale = 0, .gradient = std::numeric_limits<double>::infinity()});
}

}  // namespace
}  // namespace vkm::test
