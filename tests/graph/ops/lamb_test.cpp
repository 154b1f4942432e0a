#include "graph/support/optimizer_run.h"

#include <graph/ops/lamb.h>

namespace vkm::test {
namespace {

using namespace graph;

/// timm's Lamb, with its defaults: bias correction, averaged gradients, no adaption without weight decay.
UpdateRule of_timm(const ops::Lamb& lamb, const ParameterRanges& ranges, size_t size) {
    return [=, m = std::vector<double>(size), v = std::vector<double>(size), t = 0](
               std::vector<double>& p, const std::vector<double>& gradients, double lr) mutable {
        ++t;
        double norm = 0;
        for (const double g : gradients)
            norm += g * g;
        norm = std::sqrt(norm);
        const double divisor = norm > lamb.max_grad_norm ? norm / lamb.max_grad_norm : 1;
        for (const ParameterRange& range : ranges) {
            const auto first = static_cast<size_t>(4 * range.first_quad),
                       end = first + static_cast<size_t>(4 * range.quads());
            const double decay = lamb.weight_decay * range.decay;
            std::vector<double> update(size);
            double w_norm = 0, u_norm = 0;
            for (size_t i = first; i < end; ++i) {
                const double g = gradients[i] / divisor;
                m[i] = lamb.beta1 * m[i] + (1 - lamb.beta1) * g;
                v[i] = lamb.beta2 * v[i] + (1 - lamb.beta2) * g * g;
                update[i] = m[i] / (1 - std::pow(lamb.beta1, t)) /
                                (std::sqrt(v[i]) / std::sqrt(1 - std::pow(lamb.beta2, t)) + lamb.epsilon) +
                            decay * p[i];
                w_norm += p[i] * p[i];
                u_norm += update[i] * update[i];
            }
            const bool adapts = decay != 0 && w_norm > 0 && u_norm > 0;
            const double trust = adapts ? std::sqrt(w_norm) / std::sqrt(u_norm) : 1;
            for (size_t i = first; i < end; ++i)
                p[i] -= lr * trust * update[i];
        }
    };
}

void expect_timm(const std::vector<Shape>& tensors, const ops::Lamb& lamb,
                 const std::vector<OptimizerStep>& steps) {
    ParameterRanges ranges;
    const OptimizerRun run(tensors, [&](ParameterRanges given) {
        given.front().decay = 0;
        ranges = given;
        return ops::lamb(lamb, std::move(given));
    });
    expect_updates(run, of_timm(lamb, ranges, run.size()), steps);
}

TEST(LambTest, TwentyStepsAreThoseOfTimm) {
    const std::vector<Shape> tensors{
        {1, 1, 1, 3}, {1, 1, 8, 24}, {1, 1, 1, 5}, {3, 3, 4, 72}, {1, 1, 1, 130}};
    expect_timm(tensors, {.epsilon = 1e-3}, twenty_steps_of_which_some_are_skipped());
    expect_timm(tensors, {.epsilon = 1e-2, .weight_decay = 0.3, .max_grad_norm = 1e9},
                std::vector<OptimizerStep>(3));
    expect_timm(tensors, {.epsilon = 1e-2, .weight_decay = 0}, std::vector<OptimizerStep>(3));
}
TEST(LambTest, TensorsOfManyPiecesBeyondTheBindingRange) {
    expect_timm({{1, 1, 100, 3001}, {1, 1, 1, 9}, {1, 1, 200, 1000}}, {.epsilon = 1e-2},
                std::vector<OptimizerStep>(2));
}

}  // namespace
}  // namespace vkm::test
