#include "graph/support/optimizer_run.h"

#include <graph/ops/rmsprop.h>

namespace vkm::test {
namespace {

using namespace graph;

/// torch.optim.RMSprop as its documentation has it.
UpdateRule of_pytorch(const ops::RmsProp& r, size_t size) {
    return
        [r, v = std::vector<double>(size), mean = std::vector<double>(size), b = std::vector<double>(size)](
            std::vector<double>& p, const std::vector<double>& gradients, double lr) mutable {
            for (size_t i = 0; i < p.size(); ++i) {
                const double g = gradients[i] + r.weight_decay * p[i];
                v[i] = r.alpha * v[i] + (1 - r.alpha) * g * g;
                double variance = v[i];
                if (r.centered) {
                    mean[i] = mean[i] * r.alpha + (1 - r.alpha) * g;
                    variance -= mean[i] * mean[i];
                }
                b[i] = r.momentum * b[i] + g / (std::sqrt(std::max(variance, 0.0)) + r.epsilon);
                p[i] -= lr * b[i];
            }
        };
}

/// tf.keras' and timm's: the square begins with 1, epsilon is inside the root, the rate inside the momentum.
UpdateRule of_tensorflow(const ops::RmsPropTf& r, size_t size) {
    return [r, v = std::vector<double>(size, 1.0), mean = std::vector<double>(size),
            b = std::vector<double>(size)](std::vector<double>& p, const std::vector<double>& gradients,
                                           double lr) mutable {
        for (size_t i = 0; i < p.size(); ++i) {
            const double g = gradients[i] + r.weight_decay * p[i];
            v[i] += (1 - r.alpha) * (g * g - v[i]);
            mean[i] += r.centered ? (1 - r.alpha) * (g - mean[i]) : 0;
            b[i] = r.momentum * b[i] + lr * g / std::sqrt(v[i] - mean[i] * mean[i] + r.epsilon);
            p[i] -= b[i];
        }
    };
}

void expect_pytorch(const ops::RmsProp& settings, int64_t size = 131) {
    const OptimizerRun run({{1, 1, 1, size}}, [&](ParameterRanges) { return ops::rmsprop(settings); });
    expect_updates(run, of_pytorch(settings, run.size()), twenty_steps_of_which_some_are_skipped());
}

void expect_tensorflow(const ops::RmsPropTf& settings) {
    const OptimizerRun run({{1, 1, 1, 131}}, [&](ParameterRanges) { return ops::rmsprop_tf(settings); });
    expect_updates(run, of_tensorflow(settings, run.size()), twenty_steps_of_which_some_are_skipped());
}

TEST(RmsPropTest, TwentyStepsAreThoseOfPyTorchsFormula) {
    expect_pytorch({.epsilon = 1e-3});
    expect_pytorch({.alpha = 0.9, .epsilon = 0.0316, .momentum = 0.9, .weight_decay = 1e-2});
}
TEST(RmsPropTest, CenteredItDividesByTheDeviation) {
    expect_pytorch({.alpha = 0.9, .epsilon = 1e-2, .centered = true});
    expect_pytorch({.alpha = 0.9, .epsilon = 1e-2, .momentum = 0.5, .centered = true});
}
TEST(RmsPropTest, TwentyStepsAreThoseOfTensorFlowsFormula) {
    expect_tensorflow({});
    expect_tensorflow({.epsilon = 1e-3, .momentum = 0.9, .weight_decay = 1e-2});
    expect_tensorflow({.epsilon = 1e-2, .momentum = 0.9, .centered = true});
}
TEST(RmsPropTest, BuffersBeyondTheBindingRangeAreUpdatedWhole) {
    const OptimizerRun run({{1, 1, 1, 300'001}},
                           [&](ParameterRanges) { return ops::rmsprop({.epsilon = 1e-2, .momentum = 0.9}); });
    expect_updates(run, of_pytorch({.epsilon = 1e-2, .momentum = 0.9}, run.size()),
                   std::vector<OptimizerStep>(2));
}
TEST(RmsPropTest, SlotsAreThoseThatTheSettingsNeed) {
    const auto names = [](const std::shared_ptr<const Optimizer>& optimizer) {
        std::vector<std::string> list;
        for (const OptimizerSlot& slot : optimizer->slots())
            list.emplace_back(slot.name);
        return list;
    };
    EXPECT_EQ(names(ops::rmsprop({})), (std::vector<std::string>{"square_avg"}));
    EXPECT_EQ(names(ops::rmsprop({.momentum = 0.9, .centered = true})),
              (std::vector<std::string>{"square_avg", "grad_avg", "momentum"}));
    EXPECT_EQ(ops::rmsprop_tf({})->slots().front().initial, 1);
}
/// The zeros that fill up matrices must stay.
TEST(RmsPropTest, WithoutAGradientAParameterStaysEvenAtEpsilonZero) {
    const OptimizerRun run({{1, 1, 1, 67}}, [](ParameterRanges) { return ops::rmsprop({.epsilon = 0}); });
    for (const DeviceUnderTest& device : devices_both_ways())
        EXPECT_EQ(run.on(*device.device, std::vector<OptimizerStep>(2)).at(5), run.start().at(5));
}

}  // namespace
}  // namespace vkm::test
