#pragma once

#include "operator_test.h"

#include <graph/flat_buffers.h>
#include <graph/optimizer.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <vector>

namespace vkm::test {

/// Says what is special about one step.
struct OptimizerStep {
    double loss = 1, unscale = 0.25;
    float learning_rate = 0.01f;

    bool is_made() const { return std::isfinite(loss) && unscale != 0; }
};

/// Returns twenty steps, some of them skipped by mixed precision or because the loss is not finite.
inline std::vector<OptimizerStep> twenty_steps_of_which_some_are_skipped() {
    std::vector<OptimizerStep> steps(20);
    for (size_t i = 0; i < steps.size(); ++i)
        steps[i].learning_rate = 0.01f / static_cast<float>(i + 1);
    steps[0].unscale = steps[1].unscale = steps[9].unscale = 0;
    steps[5].loss = std::numeric_limits<double>::quiet_NaN();
    steps[6].loss = std::numeric_limits<double>::infinity();
    return steps;
}

/// Holds parameters of given sizes, their gradients as the test sets them, and an optimizer.
class OptimizerRun {
  public:
    using Make = std::function<std::shared_ptr<const graph::Optimizer>(graph::ParameterRanges)>;

    OptimizerRun(const std::vector<graph::Shape>& tensors, const Make& make) {
        for (size_t i = 0; i < tensors.size(); ++i)
            differentiable(graph, "w" + std::to_string(i), graph::f32(tensors[i]));
        graph::pack_parameters(graph);
        parameters = graph::flat_buffer(graph, graph::Role::parameter);
        gradients = graph::add_flat_buffer(graph, graph::Role::gradient, graph.type(parameters));
        loss = graph.input("loss", graph::channel_vector(3));
        unscale = graph.input("unscale", graph::channel_vector(4));
        graph::add_optimizer(graph, make(graph::parameter_ranges(graph)), loss, unscale);
    }

    size_t size() const { return static_cast<size_t>(graph.type(parameters).shape.elements()); }

    std::vector<double> start() const {
        std::vector<double> values(size());
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<double>(i % 17) / 8 - 1;
        return values;
    }
    /// Returns gradients of different sizes: of some parameters always zero, of others in some steps.
    std::vector<double> gradients_of(size_t step) const {
        std::vector<double> values(size());
        std::mt19937 random(static_cast<uint32_t>(step) + 1);
        std::normal_distribution<float> normal;
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = i % 13 == 5 || (i + step) % 4 == 0
                            ? 0
                            : std::pow(10.0f, static_cast<float>(i % 5) - 3) * normal(random);
        return values;
    }

    /// Returns the parameters after the steps, on a device or on the reference.
    std::vector<double> on(graph::PlannedDevice& device, const std::vector<OptimizerStep>& steps) const {
        graph::DeviceState state(device);
        graph::Executor executor({{&state, &graph}});
        state.write(graph, parameters, tensor(parameters, start()));
        for (size_t i = 0; i < steps.size(); ++i) {
            const auto slot = executor.begin();
            state.write(graph, gradients, tensor(gradients, gradients_of(i)));
            set_input(executor, slot, loss, steps[i].loss);
            set_input(executor, slot, unscale, steps[i].unscale);
            executor.set_step(slot, 0, {.learning_rate = steps[i].learning_rate});
            executor.submit(slot);
            executor.wait(slot);
        }
        return executor.read(0, parameters).values;
    }
    std::vector<double> on_reference(const std::vector<OptimizerStep>& steps) const {
        std::map<graph::ValueId, graph::HostTensor> values;
        values[parameters] = tensor(parameters, start());
        for (size_t i = 0; i < steps.size(); ++i) {
            values[gradients] = tensor(gradients, gradients_of(i));
            values[loss] = tensor(loss, {steps[i].loss});
            values[unscale] = tensor(unscale, {steps[i].unscale});
            graph::run_reference(graph, values, {.learning_rate = steps[i].learning_rate});
        }
        return values.at(parameters).values;
    }

    graph::Graph graph;
    graph::ValueId parameters, gradients, loss, unscale;

  private:
    graph::HostTensor tensor(graph::ValueId id, const std::vector<double>& first) const {
        graph::HostTensor tensor(graph.type(id).shape);
        std::copy(first.begin(), first.end(), tensor.values.begin());
        return tensor;
    }
    void set_input(graph::Executor& executor, graph::Executor::Slot slot, graph::ValueId id,
                   double first) const {
        const std::vector<std::byte> bytes = graph::to_bytes(tensor(id, {first}), graph.type(id));
        std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
    }
};

/// Computes one update of parameters, of gradients without the loss scale, as a paper or a documentation says
/// it. It keeps its own state.
using UpdateRule = std::function<void(std::vector<double>& parameters, const std::vector<double>& gradients,
                                      double learning_rate)>;

/// Expects that the steps move the parameters as the rule does, on the reference and on every device, and the
/// same bits on all of these: replicas may be devices of different vendors.
inline void expect_updates(const OptimizerRun& run, const UpdateRule& rule,
                           const std::vector<OptimizerStep>& steps) {
    std::vector<double> want = run.start();
    double moved = 0;
    for (size_t i = 0; i < steps.size(); ++i) {
        if (!steps[i].is_made()) continue;
        std::vector<double> gradients = run.gradients_of(i);
        for (double& gradient : gradients)
            gradient *= steps[i].unscale;
        rule(want, gradients, static_cast<double>(steps[i].learning_rate));
        moved += static_cast<double>(steps[i].learning_rate);
    }
    const std::vector<double> reference = run.on_reference(steps);
    for (size_t i = 0; i < want.size(); ++i)
        ASSERT_NEAR(reference[i], want[i], 1e-11) << i;
    std::optional<std::vector<double>> first;
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        const std::vector<double> got = run.on(*device.device, steps);
        for (size_t i = 0; i < want.size(); ++i)
            ASSERT_NEAR(got[i], want[i], 2e-6 * (std::abs(want[i]) + 3 * moved)) << i;
        if (!first) first = got;
        EXPECT_EQ(got, *first);
    }
}

}  // namespace vkm::test
