#include "graph/support/devices.h"

#include <graph/ops/loss_scale.h>

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/ops/sgd.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/reference/reference.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace vkm::test {
namespace {

using namespace graph;

constexpr double infinite = std::numeric_limits<double>::infinity(),
                 nan = std::numeric_limits<double>::quiet_NaN();

struct ScaleNetwork {
    Graph graph;
    ValueId gradients, state, verdict;

    ScaleNetwork(int64_t size, const ops::LossScale& scale) {
        gradients = graph.input("gradients", channel_vector(size));
        state = ops::loss_scale(graph);
        verdict = graph.add1("loss_scale", ops::update_loss_scale(scale), {gradients, state});
    }
};

void set_scaled_input(Executor& executor, Executor::Slot slot, const Graph& graph, ValueId id,
                      const HostTensor& tensor) {
    const std::vector<std::byte> bytes = to_bytes(tensor, graph.type(id));
    std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
}

/// Expects that every device and the reference agree exactly on steps whose gradients
/// are 1 but for one of them.
void expect_scale_matches(int64_t size, const std::vector<std::pair<int64_t, double>>& steps,
                          const ops::LossScale& scale = {}) {
    const ScaleNetwork network(size, scale);
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        DeviceState state(*device.device);
        Executor executor({{&state, &network.graph}}, {.slots = 1, .keep_activations = true});
        std::map<ValueId, HostTensor> want;
        for (const auto& [at, value] : steps) {
            SCOPED_TRACE(fmt::format("{} at {}", value, at));
            HostTensor gradients(network.graph.type(network.gradients).shape);
            std::ranges::fill(gradients.values, 1);
            gradients.values.at(static_cast<size_t>(at)) = value;
            want[network.gradients] = gradients;
            run_reference(network.graph, want);
            const auto slot = executor.begin();
            set_scaled_input(executor, slot, network.graph, network.gradients, gradients);
            executor.submit(slot);
            for (const ValueId id : {network.verdict, network.state})
                EXPECT_EQ(executor.read(0, id).values, want.at(id).values);
        }
    }
}

TEST(LossScaleTest, EveryKindOfNumberThatIsNotFiniteIsFoundWhereverItIs) {
    for (const int64_t size : {1, 3, 257, 5003})
        expect_scale_matches(size, {{0, 1},
                                    {size - 1, infinite},
                                    {size / 2, -infinite},
                                    {0, nan},
                                    {size - 1, -nan},
                                    {size / 3, std::numeric_limits<float>::max()},
                                    {size / 3, std::numeric_limits<float>::denorm_min()}});
}

TEST(LossScaleTest, BuffersBeyondTheBindingRangeAreSearchedToTheirEnd) {
    constexpr int64_t size = 700'001;
    expect_scale_matches(
        size, {{0, infinite}, {size - 1, nan}, {size / 2, 1}, {262'143, infinite}, {262'144, nan}});
}

TEST(LossScaleTest, ItHalvesDoublesAndStaysWithinItsBounds) {
    const std::pair<int64_t, double> good{0, 1}, bad{1, infinite};
    const ops::LossScale scale{.growth_interval = 3, .lowest_exponent = 15, .highest_exponent = 17};
    expect_scale_matches(
        5, {good, good, good, good, good, bad, good, good, bad, bad, bad, good, good, good, good}, scale);
    expect_scale_matches(5, std::vector(11, good), scale);
}

TEST(LossScaleTest, ARunBeginsAtPyTorchsScale) {
    std::map<ValueId, HostTensor> values;
    const ScaleNetwork network(4, {});
    values[network.gradients] = HostTensor({1, 1, 1, 4});
    std::vector<double> scales;
    for (int step = 0; step < 4001; ++step) {
        run_reference(network.graph, values);
        scales.push_back(values.at(network.verdict).values[1]);
    }
    EXPECT_EQ(scales[0], 65536);
    EXPECT_EQ(scales[1999], 65536);
    EXPECT_EQ(scales[2000], 131072);
    EXPECT_EQ(scales[4000], 262144);
    values[network.gradients].values[3] = nan;
    run_reference(network.graph, values);
    EXPECT_EQ(values.at(network.verdict).values, (std::vector<double>{0, 262144, 1, 0}));
    run_reference(network.graph, values);
    EXPECT_EQ(values.at(network.verdict).values, (std::vector<double>{0, 131072, 2, 0}));
}

TEST(LossScaleTest, AnOverflowAtTheLowestScaleIsSaid) {
    std::map<ValueId, HostTensor> values;
    const ScaleNetwork network(4, {});
    values[network.gradients] = HostTensor({1, 1, 1, 4});
    values[network.gradients].values[0] = infinite;
    for (int step = 0; step < 16; ++step) {
        run_reference(network.graph, values);
        EXPECT_EQ(values.at(network.verdict).values[3], 0) << step;
    }
    run_reference(network.graph, values);
    EXPECT_EQ(values.at(network.verdict).values, (std::vector<double>{0, 1, 17, 1}));
}

/// Multiplies a loss's gradient by the scale; the optimizer takes the scale away again.
struct ScaledStep {
    Graph graph;
    ValueId logits, labels, loss;

    explicit ScaledStep(bool scaled) {
        logits = graph.add_value(
            {.name = "logits", .type = f32({5, 1, 1, 7}), .role = Role::parameter, .info = {}});
        labels = graph.input("labels", {DType::i32, {5, 1, 1, 1}});
        std::vector<ValueId> inputs{logits, labels};
        if (scaled) inputs.push_back(ops::loss_scale(graph));
        loss = graph.add1("loss", ops::softmax_cross_entropy(), inputs);
        pack_parameters(graph);
        add_gradients(graph, loss);
        ValueId verdict = no_value;
        if (scaled)
            verdict = graph.add1("loss_scale", ops::update_loss_scale(),
                                 {flat_buffer(graph, Role::gradient), ops::loss_scale(graph)});
        add_optimizer(graph, ops::sgd({.momentum = 0.9, .weight_decay = 0.01}), loss, verdict);
    }

    /// Returns the loss and the logits after an update, from a scale 2^(16 + exponent).
    std::pair<double, std::vector<double>> run(PlannedDevice& device, int exponent) {
        DeviceState state(device);
        Executor executor({{&state, &graph}}, {.slots = 1, .keep_activations = true});
        HostTensor x(graph.type(logits).shape), y(graph.type(labels).shape),
            scale(ops::loss_scale_type().shape);
        for (size_t i = 0; i < x.values.size(); ++i)
            x.values[i] = static_cast<double>(i * 7 % 11) / 4;
        y.values = {0, 6, -1, 3, 2};
        scale.values = {static_cast<double>(exponent), 0, 0, 0};
        state.write(graph, logits, x);
        for (const ValueId id : graph.with_role(Role::loss_scale))
            state.write(graph, id, scale);
        const auto slot = executor.begin();
        set_scaled_input(executor, slot, graph, labels, y);
        executor.set_step(slot, 0, {.learning_rate = 0.5f});
        executor.submit(slot);
        return {executor.read(0, loss).values[0], executor.read(0, logits).values};
    }
};

TEST(LossScaleTest, ScalingByAPowerOfTwoChangesNoBitOfAStep) {
    ScaledStep plain(false), scaled(true);
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        const auto want = plain.run(*device.device, 0);
        for (const int exponent : {-16, 0, 8})
            EXPECT_EQ(scaled.run(*device.device, exponent), want) << exponent;
    }
}

}  // namespace
}  // namespace vkm::test
