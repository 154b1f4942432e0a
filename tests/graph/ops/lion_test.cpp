#include "graph/support/optimizer_run.h"

#include <graph/ops/lion.h>

namespace vkm::test {
namespace {

using namespace graph;

/// Algorithm 2 of the paper.
UpdateRule of_the_paper(const ops::Lion& lion, size_t size) {
    return [lion, m = std::vector<double>(size)](std::vector<double>& p, const std::vector<double>& g,
                                                 double lr) mutable {
        for (size_t i = 0; i < p.size(); ++i) {
            const double c = lion.beta1 * m[i] + (1 - lion.beta1) * g[i];
            const double sign = c > 0 ? 1 : c < 0 ? -1 : 0;
            p[i] -= lr * (sign + lion.weight_decay * p[i]);
            m[i] = lion.beta2 * m[i] + (1 - lion.beta2) * g[i];
        }
    };
}

TEST(LionTest, TwentyStepsAreThoseOfThePaper) {
    for (const ops::Lion& lion : {ops::Lion{}, {.beta1 = 0.95, .beta2 = 0.98, .weight_decay = 0.3}}) {
        const OptimizerRun run({{1, 1, 1, 1003}}, [&](ParameterRanges) { return ops::lion(lion); });
        expect_updates(run, of_the_paper(lion, run.size()), twenty_steps_of_which_some_are_skipped());
    }
}
TEST(LionTest, BuffersBeyondTheBindingRangeAreUpdatedWhole) {
    const OptimizerRun run({{1, 1, 1, 300'001}}, [](ParameterRanges) { return ops::lion({}); });
    expect_updates(run, of_the_paper({}, run.size()), std::vector<OptimizerStep>(2));
}

}  // namespace
}  // namespace vkm::test
