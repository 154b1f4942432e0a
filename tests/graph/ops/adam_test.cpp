#include "graph/support/optimizer_run.h"

#include <graph/ops/adamw.h>
#include <graph/ops/sgd.h>

namespace vkm::test {
namespace {

using namespace graph;

/// torch.optim.Adam as its documentation has it; with `decoupled` torch.optim.AdamW. `share` is each parameter's
/// of the weight decay.
UpdateRule of_pytorch(const ops::AdamW& adam, bool decoupled, const std::vector<double>& share) {
    return [=, m = std::vector<double>(share.size()), v = std::vector<double>(share.size()), t = 0](
               std::vector<double>& p, const std::vector<double>& gradients, double lr) mutable {
        ++t;
        for (size_t i = 0; i < p.size(); ++i) {
            const double decay = adam.weight_decay * share[i];
            if (decoupled) p[i] -= lr * decay * p[i];
            const double g = gradients[i] + (decoupled ? 0 : decay * p[i]);
            m[i] = adam.beta1 * m[i] + (1 - adam.beta1) * g;
            v[i] = adam.beta2 * v[i] + (1 - adam.beta2) * g * g;
            const double mean = m[i] / (1 - std::pow(adam.beta1, t)),
                         square = v[i] / (1 - std::pow(adam.beta2, t));
            p[i] -= lr * mean / (std::sqrt(square) + adam.epsilon);
        }
    };
}

/// Takes the weight decay off every second range, and returns each element's share of it.
std::vector<double> spare_every_second(ParameterRanges& ranges) {
    const ParameterRange& last = ranges.back();
    std::vector<double> shares(
        static_cast<size_t>(4 * align_up(last.first_quad + last.quads(), range_alignment_quads)), 1);
    for (size_t i = 0; i < ranges.size(); i += 2) {
        ranges[i].decay = 0;
        for (int64_t e = 0; e < 4 * align_up(ranges[i].quads(), range_alignment_quads); ++e)
            shares[static_cast<size_t>(4 * ranges[i].first_quad + e)] = 0;
    }
    return shares;
}

TEST(AdamTest, TwentyStepsAreThoseOfPyTorchsFormula) {
    for (const ops::Adam& adam :
         {ops::Adam{}, {.beta1 = 0.5, .beta2 = 0.99, .epsilon = 1e-3, .weight_decay = 0.3}}) {
        const OptimizerRun run({{1, 1, 1, 1003}}, [&](ParameterRanges) { return ops::adam(adam); });
        expect_updates(run,
                       of_pytorch({adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay}, false,
                                  std::vector<double>(run.size(), 1)),
                       twenty_steps_of_which_some_are_skipped());
    }
}

/// Tensors of one quad, of a few, and of more than a unit of the table.
const std::vector<Shape> tensors{{1, 1, 1, 3}, {1, 1, 8, 24}, {1, 1, 1, 5}, {3, 3, 4, 72}, {1, 1, 1, 130}};

TEST(AdamTest, WeightDecayMayLeaveParametersAlone) {
    const ops::AdamW adam{.epsilon = 1e-3, .weight_decay = 0.5};
    for (const bool decoupled : {false, true}) {
        std::vector<double> shares;
        const OptimizerRun run(tensors, [&](ParameterRanges ranges) {
            shares = spare_every_second(ranges);
            return decoupled ? ops::adamw(adam, ranges)
                             : ops::adam({adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay}, ranges);
        });
        expect_updates(run, of_pytorch(adam, decoupled, shares), std::vector<OptimizerStep>(3));
    }
}

TEST(AdamTest, AllOthersLeaveTheSameAlone) {
    std::vector<double> shares;
    const OptimizerRun run(tensors, [&](ParameterRanges ranges) {
        shares = spare_every_second(ranges);
        return ops::sgd({.momentum = 0, .weight_decay = 0.5}, ranges);
    });
    expect_updates(
        run,
        [&](std::vector<double>& p, const std::vector<double>& g, double lr) {
            for (size_t i = 0; i < p.size(); ++i)
                p[i] -= lr * (g[i] + 0.5 * shares[i] * p[i]);
        },
        std::vector<OptimizerStep>(2));
}

TEST(AdamTest, SharesOfBuffersBeyondTheBindingRange) {
    std::vector<double> shares;
    const OptimizerRun run({{1, 1, 100, 3000}, {1, 1, 1, 9}, {1, 1, 200, 1000}}, [&](ParameterRanges ranges) {
        shares = spare_every_second(ranges);
        return ops::adamw({.epsilon = 1e-3, .weight_decay = 0.5}, ranges);
    });
    expect_updates(run, of_pytorch({.epsilon = 1e-3, .weight_decay = 0.5}, true, shares),
                   std::vector<OptimizerStep>(1));
}

}  // namespace
}  // namespace vkm::test
