#include "graph/support/operator_test.h"

#include <graph/ops/clip_gradients.h>

#include <graph/flat_buffers.h>
#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>

namespace vkm::test {
namespace {

using namespace graph;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Holds a network of nothing but what clips: parameters and gradients of given sizes, and a verdict.
struct Clipped {
    Graph graph;
    ValueId parameters, gradients, verdict = no_value, result = no_value;
    ParameterRanges ranges;

    Clipped(const std::vector<Shape>& tensors, bool scaled) {
        for (size_t i = 0; i < tensors.size(); ++i)
            differentiable(graph, "w" + std::to_string(i), f32(tensors[i]));
        pack_parameters(graph);
        parameters = flat_buffer(graph, Role::parameter);
        gradients = add_flat_buffer(graph, Role::gradient, graph.type(parameters));
        ranges = parameter_ranges(graph);
        if (scaled) verdict = graph.input("verdict", channel_vector(4));
    }
    std::vector<ValueId> with_verdict(std::vector<ValueId> inputs) const {
        if (verdict != no_value) inputs.push_back(verdict);
        return inputs;
    }
    size_t size() const { return static_cast<size_t>(graph.type(parameters).shape.elements()); }
};

std::vector<double> noise(size_t size, uint32_t seed, double scale) {
    std::vector<double> values(size);
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    for (double& v : values)
        v = static_cast<double>(static_cast<float>(scale) * normal(random));
    return values;
}

HostTensor tensor_of(const Graph& graph, ValueId id, const std::vector<double>& first) {
    HostTensor tensor(graph.type(id).shape);
    std::copy(first.begin(), first.end(), tensor.values.begin());
    return tensor;
}

/// Runs it on every device, and hands over what it made of the gradients, or of the verdict.
void on_every_device(const Clipped& clipped, const std::vector<double>& weights,
                     const std::vector<double>& gradients, double factor,
                     const std::function<void(const std::vector<double>&)>& check) {
    std::optional<std::vector<double>> first;
    const ValueId looked_at = clipped.result == no_value ? clipped.gradients : clipped.result;
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        DeviceState state(*device.device);
        Executor executor({{&state, &clipped.graph}}, {.slots = 1, .keep_activations = true});
        state.write(clipped.graph, clipped.parameters, tensor_of(clipped.graph, clipped.parameters, weights));
        state.write(clipped.graph, clipped.gradients, tensor_of(clipped.graph, clipped.gradients, gradients));
        const auto slot = executor.begin();
        if (clipped.verdict != no_value) {
            const std::vector<std::byte> bytes = to_bytes(tensor_of(clipped.graph, clipped.verdict, {factor}),
                                                          clipped.graph.type(clipped.verdict));
            std::memcpy(executor.input(slot, 0, clipped.verdict).data(), bytes.data(), bytes.size());
        }
        executor.submit(slot);
        const std::vector<double> got = executor.read(0, looked_at).values;
        check(got);
        if (!first) first = got;
        if (std::ranges::all_of(got, [](double v) { return std::isfinite(v); })) {
            EXPECT_EQ(got, *first) << "replicas may be devices of different vendors";
        }
    }
    std::map<ValueId, HostTensor> values;
    values[clipped.parameters] = tensor_of(clipped.graph, clipped.parameters, weights);
    values[clipped.gradients] = tensor_of(clipped.graph, clipped.gradients, gradients);
    if (clipped.verdict != no_value)
        values[clipped.verdict] = tensor_of(clipped.graph, clipped.verdict, {factor});
    run_reference(clipped.graph, values);
    SCOPED_TRACE("reference");
    check(values.at(looked_at).values);
}

void expect_norm(int64_t size, double scale, double most, std::optional<double> factor = {}) {
    Clipped clipped({{1, 1, 1, size}}, factor.has_value());
    clipped.result =
        clipped.graph.add1("clip", ops::clip_gradient_norm(most), clipped.with_verdict({clipped.gradients}));
    std::vector<double> gradients = noise(clipped.size(), 1, scale / factor.value_or(1));
    double sum = 0;
    for (const double g : gradients)
        sum += g * g;
    const double unscale = factor.value_or(1), norm = std::sqrt(sum) * unscale;
    const double share = std::min(1.0, most / (norm + 1e-6));  // torch.nn.utils.clip_grad_norm_
    on_every_device(clipped, gradients, gradients, unscale, [&](const std::vector<double>& got) {
        EXPECT_NEAR(got.at(0), unscale * share, 2e-6 * unscale * share);
        EXPECT_NEAR(got.at(1), norm, 2e-6 * norm);
        EXPECT_NEAR(got.at(2), share, 2e-6 * share);
    });
}

TEST(ClipGradientsTest, TheNormIsBoundedAsPyTorchDoes) {
    expect_norm(1003, 1, 5);
    expect_norm(67, 1e-3, 5);
    expect_norm(67, 1, 1e-3);
}
TEST(ClipGradientsTest, TheNormIsThatWithoutTheLossScale) {
    expect_norm(1003, 1, 5, 1.0 / 65536);
}
TEST(ClipGradientsTest, TheNormOfBuffersBeyondTheBindingRange) {
    expect_norm(700'001, 0.1, 5);
}
TEST(ClipGradientsTest, ANormThatIsNotFiniteLosesTheGradients) {
    for (const double bad : {infinity, std::numeric_limits<double>::quiet_NaN()}) {
        Clipped clipped({{1, 1, 1, 67}}, false);
        clipped.result = clipped.graph.add1("clip", ops::clip_gradient_norm(1), {clipped.gradients});
        std::vector<double> gradients = noise(clipped.size(), 1, 1);
        gradients[7] = bad;
        on_every_device(clipped, gradients, gradients, 1, [](const std::vector<double>& got) {
            EXPECT_TRUE(std::isnan(got.at(0))) << "an update would go unnoticed otherwise";
        });
    }
}
TEST(ClipGradientsTest, AStepThatMixedPrecisionSkipsStaysSkipped) {
    Clipped clipped({{1, 1, 1, 67}}, true);
    clipped.result =
        clipped.graph.add1("clip", ops::clip_gradient_norm(1), {clipped.gradients, clipped.verdict});
    std::vector<double> gradients(clipped.size(), infinity);
    on_every_device(clipped, gradients, gradients, 0,
                    [](const std::vector<double>& got) { EXPECT_EQ(got.at(0), 0); });
}

TEST(ClipGradientsTest, ValuesAreBoundedAndTheLossScaleIsTheirs) {
    for (const double factor : {1.0, 1.0 / 1024}) {
        Clipped clipped({{1, 1, 1, 131}}, true);
        clipped.graph.add("clip", ops::clip_gradient_values(0.5), {clipped.gradients, clipped.verdict});
        const std::vector<double> gradients = noise(clipped.size(), 1, 1 / factor);
        on_every_device(clipped, gradients, gradients, factor, [&](const std::vector<double>& got) {
            for (size_t i = 0; i < got.size(); ++i)
                ASSERT_NEAR(got[i], std::clamp(gradients[i], -0.5 / factor, 0.5 / factor), 1e-6 / factor);
        });
    }
}
TEST(ClipGradientsTest, WhatIsNoNumberIsNotMadeOne) {
    Clipped clipped({{1, 1, 1, 67}}, false);
    clipped.graph.add("clip", ops::clip_gradient_values(0.5), {clipped.gradients});
    std::vector<double> gradients = noise(clipped.size(), 1, 1);
    gradients[3] = std::numeric_limits<double>::quiet_NaN();
    on_every_device(clipped, gradients, gradients, 1,
                    [](const std::vector<double>& got) { EXPECT_TRUE(std::isnan(got[3])); });
}

/// timm's adaptive_clip_grad, unit by unit.
void expect_adaptive(const std::vector<Shape>& tensors, double gradient_scale,
                     std::optional<double> factor = {}) {
    Clipped clipped(tensors, factor.has_value());
    for (ParameterRange& range : clipped.ranges)
        range.vector = range.rows == 1;
    const ops::AdaptiveClipping settings{.factor = 0.04};
    ParameterRanges kept = clipped.ranges;
    kept.erase(kept.begin());
    clipped.graph.add("clip", ops::clip_gradients_adaptively(settings, kept),
                      clipped.with_verdict({clipped.gradients, clipped.parameters}));
    const double unscale = factor.value_or(1);
    const std::vector<double> weights = noise(clipped.size(), 1, 1),
                              gradients = noise(clipped.size(), 2, gradient_scale / unscale);
    std::vector<double> want = gradients;
    size_t clips = 0;
    for (const ParameterRange& range : kept) {
        const auto width = static_cast<size_t>(4 * range.row_quads),
                   first = static_cast<size_t>(4 * range.first_quad);
        const size_t unit = range.vector ? width : 1;
        for (size_t c = 0; c < width; c += unit) {
            double w = 0, g = 0;
            const auto each = [&](const auto& f) {
                for (size_t row = 0; row < static_cast<size_t>(range.rows); ++row)
                    for (size_t i = 0; i < unit; ++i)
                        f(first + row * width + c + i);
            };
            each([&](size_t i) {
                w += weights[i] * weights[i];
                g += unscale * gradients[i] * unscale * gradients[i];
            });
            const double most = settings.factor * std::max(std::sqrt(w), settings.epsilon),
                         norm = std::sqrt(g);
            if (norm < most) continue;
            ++clips;
            each([&](size_t i) { want[i] *= most / std::max(norm, 1e-6); });
        }
    }
    EXPECT_GT(clips, 0u);
    on_every_device(clipped, weights, gradients, unscale, [&](const std::vector<double>& got) {
        for (size_t i = 0; i < got.size(); ++i)
            ASSERT_NEAR(got[i], want[i], 3e-6 * std::abs(want[i])) << i;
    });
}

TEST(ClipGradientsTest, AdaptiveClippingGoesByUnitsAndLeavesOutWhatItIsNotGiven) {
    const std::vector<Shape> tensors{
        {1, 1, 1, 12}, {1, 1, 8, 24}, {1, 3, 3, 20}, {3, 3, 4, 72}, {1, 1, 1, 600}};
    expect_adaptive(tensors, 0.04);
    expect_adaptive(tensors, 1);
    expect_adaptive(tensors, 0.04, 1.0 / 1024);
}
TEST(ClipGradientsTest, AdaptiveClippingOfManyRowsAndColumnsBeyondTheBindingRange) {
    expect_adaptive({{1, 1, 100, 1280}, {1, 1, 304, 1280}, {1, 1, 1, 8}}, 0.04);
}

}  // namespace
}  // namespace vkm::test
