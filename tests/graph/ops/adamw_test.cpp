#include "graph/support/operator_test.h"

#include <graph/ops/adamw.h>

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

struct AdamWNetwork {
    Graph graph;
    ValueId parameters, gradients, loss, unscale;

    AdamWNetwork(int64_t size, const ops::AdamW& adamw) {
        differentiable(graph, "w", channel_vector(size));
        pack_parameters(graph);
        parameters = flat_buffer(graph, Role::parameter);
        gradients = add_flat_buffer(graph, Role::gradient, graph.type(parameters));
        loss = graph.input("loss", channel_vector(3));
        unscale = graph.input("unscale", channel_vector(4));
        add_optimizer(graph, ops::adamw(adamw), loss, unscale);
    }
    std::vector<ValueId> kept() const {
        return {parameters, graph.find("optimizer.exp_avg"), graph.find("optimizer.exp_avg_sq"),
                graph.find("optimizer.updates")};
    }
    size_t size() const { return static_cast<size_t>(graph.type(parameters).shape.elements()); }
};

/// Says what is special about one step.
struct AdamwGiven {
    double loss = 1, unscale = 0.25;
    float learning_rate = 0.01f;
};

std::vector<double> start(size_t size) {
    std::vector<double> values(size);
    for (size_t i = 0; i < size; ++i)
        values[i] = static_cast<double>(i % 17) / 8 - 1;
    return values;
}

float scale_of(size_t i) {
    return std::pow(10.0f, static_cast<float>(i % 9) - 5);
}

/// Returns gradients of very different sizes: of some parameters always zero, of others in some steps.
std::vector<double> gradients_of(size_t size, size_t step) {
    std::vector<double> values(size);
    std::mt19937 random(static_cast<uint32_t>(step) + 1);
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < size; ++i) {
        values[i] = i % 13 == 5 || (i + step) % 4 == 0 ? 0 : scale_of(i) * normal(random);
    }
    return values;
}

/// Computes torch.optim.AdamW as its documentation has it, in double precision.
struct Oracle {
    std::vector<double> p, m, v;
    int t = 0;

    Oracle(size_t size, const ops::AdamW& adamw, const std::vector<AdamwGiven>& steps)
        : p(start(size)), m(size), v(size) {
        for (size_t i = 0; i < steps.size(); ++i)
            step(gradients_of(size, i), adamw, steps[i]);
    }

    void step(const std::vector<double>& gradients, const ops::AdamW& adamw, const AdamwGiven& given) {
        if (!std::isfinite(given.loss) || given.unscale == 0) return;
        ++t;
        for (size_t i = 0; i < p.size(); ++i) {
            const double g = gradients[i] * given.unscale;
            p[i] -= given.learning_rate * adamw.weight_decay * p[i];
            m[i] = adamw.beta1 * m[i] + (1 - adamw.beta1) * g;
            v[i] = adamw.beta2 * v[i] + (1 - adamw.beta2) * g * g;
            const double mean = m[i] / (1 - std::pow(adamw.beta1, t)),
                         square = v[i] / (1 - std::pow(adamw.beta2, t));
            p[i] -= given.learning_rate * mean / (std::sqrt(square) + adamw.epsilon);
        }
    }
};

HostTensor tensor_of_values(const Graph& graph, ValueId id, const std::vector<double>& first) {
    HostTensor tensor(graph.type(id).shape);
    std::copy(first.begin(), first.end(), tensor.values.begin());
    return tensor;
}

void set_adamw_input(Executor& executor, Executor::Slot slot, const Graph& graph, ValueId id, double first) {
    const std::vector<std::byte> bytes = to_bytes(tensor_of_values(graph, id, {first}), graph.type(id));
    std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
}

void make_step(DeviceState& state, Executor& executor, const AdamWNetwork& network,
               const std::vector<double>& gradients, const AdamwGiven& given) {
    const auto slot = executor.begin();
    state.write(network.graph, network.gradients,
                tensor_of_values(network.graph, network.gradients, gradients));
    set_adamw_input(executor, slot, network.graph, network.loss, given.loss);
    set_adamw_input(executor, slot, network.graph, network.unscale, given.unscale);
    executor.set_step(slot, 0, {.learning_rate = given.learning_rate});
    executor.submit(slot);
    executor.wait(slot);
}

using Kept = std::vector<std::vector<double>>;

Kept run(PlannedDevice& device, const AdamWNetwork& network, const std::vector<AdamwGiven>& steps) {
    DeviceState state(device);
    Executor executor({{&state, &network.graph}});
    state.write(network.graph, network.parameters,
                tensor_of_values(network.graph, network.parameters, start(network.size())));
    for (size_t i = 0; i < steps.size(); ++i)
        make_step(state, executor, network, gradients_of(network.size(), i), steps[i]);
    Kept kept;
    for (const ValueId id : network.kept())
        kept.push_back(executor.read(0, id).values);
    return kept;
}

Kept run_on_reference(const AdamWNetwork& network, const std::vector<AdamwGiven>& steps) {
    const Graph& graph = network.graph;
    std::map<ValueId, HostTensor> values;
    values[network.parameters] = tensor_of_values(graph, network.parameters, start(network.size()));
    for (size_t i = 0; i < steps.size(); ++i) {
        values[network.gradients] =
            tensor_of_values(graph, network.gradients, gradients_of(network.size(), i));
        values[network.loss] = tensor_of_values(graph, network.loss, {steps[i].loss});
        values[network.unscale] = tensor_of_values(graph, network.unscale, {steps[i].unscale});
        run_reference(graph, values, {.learning_rate = steps[i].learning_rate});
    }
    Kept kept;
    for (const ValueId id : network.kept())
        kept.push_back(values.at(id).values);
    return kept;
}

void expect_adamw_matches(int64_t size, const ops::AdamW& adamw, const std::vector<AdamwGiven>& steps) {
    const AdamWNetwork network(size, adamw);
    const Oracle want(network.size(), adamw, steps);
    const Kept reference = run_on_reference(network, steps);
    for (size_t i = 0; i < network.size(); ++i)
        ASSERT_NEAR(reference[0][i], want.p[i], 1e-12) << i;
    EXPECT_EQ(reference[3].at(0), want.t);
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        const Kept got = run(*device.device, network, steps);
        // A step moves a parameter by about the learning rate.
        const double moved = 0.01 * static_cast<double>(steps.size());
        for (size_t i = 0; i < network.size(); ++i) {
            ASSERT_NEAR(got[0][i], want.p[i], 1e-6 * (std::abs(want.p[i]) + moved)) << i;
            ASSERT_NEAR(got[1][i], want.m[i], 1e-6 * scale_of(i)) << i;
            ASSERT_NEAR(got[2][i], want.v[i], 5e-6 * want.v[i]) << i;
        }
        EXPECT_EQ(got[3].at(0), want.t);
    }
}

/// Returns twenty steps, some of them skipped by mixed precision or because the loss is not finite.
std::vector<AdamwGiven> steps_of_which_some_are_skipped() {
    std::vector<AdamwGiven> steps(20);
    for (size_t i = 0; i < steps.size(); ++i)
        steps[i].learning_rate = 0.01f / static_cast<float>(i + 1);
    steps[0].unscale = steps[1].unscale = steps[9].unscale = 0;
    steps[5].loss = std::numeric_limits<double>::quiet_NaN();
    steps[6].loss = std::numeric_limits<double>::infinity();
    return steps;
}

TEST(AdamWTest, TwentyStepsAreThoseOfTheFormula) {
    for (const int64_t size : {1, 67, 1003})
        expect_adamw_matches(size, {}, std::vector<AdamwGiven>(20));
}
TEST(AdamWTest, OtherHyperparametersToo) {
    expect_adamw_matches(131, {.beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-3, .weight_decay = 0.3},
                         std::vector<AdamwGiven>(20));
    expect_adamw_matches(131, {.beta1 = 0, .beta2 = 0, .epsilon = 1e-6, .weight_decay = 0},
                         std::vector<AdamwGiven>(3));
}
TEST(AdamWTest, SkippedStepsChangeNothingAndDoNotCount) {
    expect_adamw_matches(1003, {}, steps_of_which_some_are_skipped());
}
TEST(AdamWTest, BuffersBeyondTheBindingRangeCountOneUpdateAStep) {
    expect_adamw_matches(700'001, {}, std::vector<AdamwGiven>(2));
}

TEST(AdamWTest, WithoutAGradientOnlyDecayMovesAParameterEvenAtEpsilonZero) {
    const AdamWNetwork network(67, {.epsilon = 0, .weight_decay = 0.5});
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        const Kept got = run(*device.device, network, std::vector<AdamwGiven>(2));
        constexpr size_t still = 5;  // never has a gradient
        EXPECT_NEAR(got[0].at(still), start(67)[still] * (1 - 0.005) * (1 - 0.005), 1e-7);
        EXPECT_EQ(got[1].at(still), 0);
    }
}

/// Replicas may be devices of different vendors.
TEST(AdamWTest, EveryDeviceMakesTheSameUpdatesBitForBit) {
    const AdamWNetwork network(1003, {});
    std::optional<Kept> first;
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        const Kept got = run(*device.device, network, steps_of_which_some_are_skipped());
        if (!first) first = got;
        EXPECT_EQ(got, *first);
    }
}

/// 1 - beta^t is checked at many counts of updates: the count is set, and one step made.
TEST(AdamWTest, TheBiasIsCorrectedAfterAnyNumberOfUpdates) {
    const ops::AdamW adamw{};
    const AdamWNetwork network(4, adamw);
    const ValueId updates = network.graph.find("optimizer.updates");
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        for (const int made : {0, 1, 2, 9, 99, 1000, 12'345, 1'000'000, (1 << 30) + 12345}) {
            DeviceState state(*device.device);
            Executor executor({{&state, &network.graph}});
            state.write(network.graph, updates,
                        tensor_of_values(network.graph, updates, {static_cast<double>(made)}));
            make_step(state, executor, network, {1}, {.unscale = 1, .learning_rate = 1});
            const double t = made + 1.0, mean = 0.1 / (1 - std::pow(0.9, t)),
                         square = 0.001 / (1 - std::pow(0.999, t));
            const double want = -mean / (std::sqrt(square) + adamw.epsilon);
            EXPECT_NEAR(executor.read(0, network.parameters).values[0], want, 2e-6 * std::abs(want)) << made;
            EXPECT_EQ(executor.read(0, updates).values[0], t);
        }
    }
}

}  // namespace
}  // namespace vkm::test
