#include "graph/support/devices.h"

#include <graph/flat_buffers.h>
#include <graph/reference/reference.h>
#include <graph/run/executor.h>
#include <graph/weight_average.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

namespace vkm::test {
namespace {

using namespace graph;

/// Keeps the average of parameters and running statistics that the test sets before every step.
struct AveragedNetwork {
    Graph graph;
    ValueId loss, verdict, parameters, states;

    explicit AveragedNetwork(const WeightAverage& average, int64_t size = 37) {
        graph.parameter({.name = "w", .torch_shape = {size}});
        graph.state({.name = "mean", .torch_shape = {5}});
        pack_parameters(graph);
        parameters = flat_buffer(graph, Role::parameter);
        states = flat_buffer(graph, Role::state);
        loss = graph.input("loss", channel_vector(3));
        verdict = graph.input("verdict", channel_vector(4));
        add_weight_average(graph, average, loss, verdict);
    }
};

/// Says what is special about one step.
struct AverageGiven {
    double loss = 1, factor = 1;

    bool made() const { return std::isfinite(loss) && factor != 0; }
};

double weight(size_t i, size_t step) {
    return std::sin(static_cast<double>(i) + 0.3 * static_cast<double>(step)) * std::pow(10, i % 5);
}

HostTensor weights_at(const Graph& graph, ValueId id, size_t step) {
    HostTensor tensor(graph.type(id).shape);
    for (size_t i = 0; i < tensor.values.size(); ++i)
        tensor.values[i] = static_cast<float>(weight(i, step));
    return tensor;
}

void set_average_input(Executor& executor, Executor::Slot slot, const Graph& graph, ValueId id,
                       double first) {
    HostTensor tensor(graph.type(id).shape);
    tensor.values[0] = first;
    const std::vector<std::byte> bytes = to_bytes(tensor, graph.type(id));
    std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
}

/// Returns 1 - d of the k-th update that counts, from 1 on; 0 where it does not average.
using Rate = std::function<double(int64_t k)>;

/// Compares the average of every step with what the formula makes of it in double precision.
void expect_average(const WeightAverage& average, const std::vector<AverageGiven>& steps, const Rate& rate) {
    const AveragedNetwork network(average);
    const Graph& graph = network.graph;
    const ValueId mean = average_of(graph, network.parameters), count = graph.find("ema.updates");
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        DeviceState state(*device.device);
        Executor executor({{&state, &graph}});
        std::map<ValueId, HostTensor> reference;
        HostTensor want = weights_at(graph, mean, 0);
        state.write(graph, mean, want);
        reference[mean] = want;
        int64_t k = 0;
        for (size_t step = 1; step <= steps.size(); ++step) {
            const AverageGiven& given = steps[step - 1];
            const HostTensor now = weights_at(graph, network.parameters, step);
            state.write(graph, network.parameters, now);
            const auto slot = executor.begin();
            set_average_input(executor, slot, graph, network.loss, given.loss);
            set_average_input(executor, slot, graph, network.verdict, given.factor);
            executor.submit(slot);
            executor.wait(slot);
            reference[network.parameters] = now;
            reference[network.loss] = HostTensor({1, 1, 1, 3});
            reference[network.loss].values[0] = given.loss;
            reference[network.verdict] = HostTensor({1, 1, 1, 4});
            reference[network.verdict].values[0] = given.factor;
            run_reference(graph, reference);
            const double w = given.made() ? rate(++k) : 0;
            for (size_t i = 0; i < want.values.size(); ++i)
                want.values[i] = (1 - w) * want.values[i] + w * now.values[i];
            const HostTensor got = executor.read(0, mean);
            for (size_t i = 0; i < want.values.size(); ++i) {
                const double tolerance = 2e-6 * std::pow(10, i % 5);
                ASSERT_NEAR(got.values[i], want.values[i], tolerance) << "step " << step << ", " << i;
                ASSERT_NEAR(reference.at(mean).values[i], want.values[i], 1e-9 * std::pow(10, i % 5));
            }
            ASSERT_EQ(executor.read(0, count).values.at(0), static_cast<double>(k));
        }
    }
}

using ops::AverageWarmup;

TEST(WeightAverageTest, FollowsTheWeightsByItsDecay) {
    expect_average({{.decay = 0.9}}, std::vector<AverageGiven>(6), [](int64_t) { return 0.1; });
}

TEST(WeightAverageTest, WarmsUpByEveryForm) {
    const std::vector<AverageGiven> steps(12);
    expect_average({{.decay = 0.6, .warmup = AverageWarmup::tensorflow}}, steps, [](int64_t k) {
        return 1 - std::min(0.6, (1 + static_cast<double>(k)) / (10 + static_cast<double>(k)));
    });
    expect_average({{.decay = 0.9999, .warmup = AverageWarmup::exponential}}, steps,
                   [](int64_t k) { return 1 - 0.9999 * (1 - std::exp(-static_cast<double>(k) / 2000)); });
    expect_average({{.decay = 0.7, .warmup = AverageWarmup::timm}}, steps, [](int64_t k) {
        return 1 - std::min(0.7, 1 - std::pow(1 + (static_cast<double>(k) - 1), -2.0 / 3));
    });
}

TEST(WeightAverageTest, IsACopyUntilItsFirstStepAndThenAveragesEverySoOften) {
    expect_average({{.decay = 0.75, .start = 3, .every = 2}}, std::vector<AverageGiven>(9), [](int64_t k) {
        if (k <= 3) return 1.0;
        return (k - 3) % 2 == 1 ? 0.25 : 0.0;
    });
}

TEST(WeightAverageTest, StepsThatMakeNoUpdateDoNotCount) {
    std::vector<AverageGiven> steps(9);
    steps[1].factor = 0;
    steps[2].loss = std::numeric_limits<double>::quiet_NaN();
    steps[5].loss = std::numeric_limits<double>::infinity();
    expect_average({{.decay = 0.99, .warmup = AverageWarmup::tensorflow, .every = 2}}, steps, [](int64_t k) {
        if (k % 2 == 0) return 0.0;
        return 1 - std::min(0.99, (1 + static_cast<double>(k)) / (10 + static_cast<double>(k)));
    });
}

TEST(WeightAverageTest, HoldsRunningStatisticsWhereBuffersAreAveraged) {
    const AveragedNetwork with({.buffers = true}), without({.buffers = false});
    EXPECT_NE(average_of(with.graph, with.states), no_value);
    EXPECT_EQ(average_of(without.graph, without.states), no_value);
    EXPECT_NE(average_of(without.graph, without.parameters), no_value);
}

// The decay is computed on the device: it must be right at the thousandth update as at the first.
TEST(WeightAverageTest, TheRateIsRightAfterManyUpdates) {
    const auto rates = [](AverageWarmup warmup, int64_t made) {
        Graph graph;
        const ValueId updates = graph.add_value(
            {.name = "updates", .type = {DType::i32, Shape{}}, .role = Role::optimizer, .info = {}});
        const ValueId rate = graph.add1("rate", ops::average_rate({.decay = 0.9999, .warmup = warmup}),
                                        {updates, graph.input("loss", channel_vector(3))});
        std::vector<double> found;
        for (const DeviceUnderTest& device : devices_both_ways()) {
            DeviceState state(*device.device);
            Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true});
            HostTensor before(Shape{});
            before.values[0] = static_cast<double>(made - 1);
            state.write(graph, updates, before);
            const auto slot = executor.begin();
            set_average_input(executor, slot, graph, graph.find("loss"), 1);
            executor.submit(slot);
            found.push_back(executor.read(0, rate).values[0]);
        }
        return found;
    };
    for (const int64_t k : {1, 2, 17, 999, 5000, 20000, 100000, 3000000}) {
        const auto n = static_cast<double>(k);
        for (const double got : rates(AverageWarmup::tensorflow, k))
            EXPECT_NEAR(got, 1 - std::min(0.9999, (1 + n) / (10 + n)), 1e-6) << k;
        for (const double got : rates(AverageWarmup::exponential, k))
            EXPECT_NEAR(got, 1 - 0.9999 * (1 - std::exp(-n / 2000)), 1e-6) << k;
        for (const double got : rates(AverageWarmup::timm, k))
            EXPECT_NEAR(got, 1 - std::min(0.9999, 1 - std::pow(n, -2.0 / 3)), 1e-6) << k;
    }
}

}  // namespace
}  // namespace vkm::test
