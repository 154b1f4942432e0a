#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/lion.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class LionOperator final : public Optimizer {
  public:
    LionOperator(const Lion& lion, ParameterRanges ranges) : Optimizer(std::move(ranges)), lion_(lion) {}

    std::string_view name() const override { return "lion"; }

    std::vector<OptimizerSlot> slots() const override { return {{.name = "exp_avg"}}; }

    void lower(Lowering& lowering) const override {
        const UpdateGuard update = guard(lowering);
        const uint32_t workgroup = choose_workgroup(lowering);
        const Region shares = decay_shares(lowering);
        for (const Window& w : windows(lowering)) {
            lowering.dispatch<shaders::Lion>(
                {.constants = {.workgroup = workgroup,
                               .guarded = update.guarded,
                               .scaled = update.scaled,
                               .ranged = ranged()},
                 .bindings = {.parameters = lowering.input(parameters).units(w.first, w.count, 16),
                              .gradients = lowering.input(gradients).units(w.first, w.count, 16),
                              .exp_avg = lowering.input(exp_avg).units(w.first, w.count, 16),
                              .step_params = lowering.input(step_params()),
                              .guard = update.loss,
                              .unscale = update.verdict,
                              .shares = cut_shares(shares, w)},
                 .push = {.quads = u32(w.count),
                          .beta1 = static_cast<float>(lion_.beta1),
                          .one_minus_beta1 = static_cast<float>(1 - lion_.beta1),
                          .beta2 = static_cast<float>(lion_.beta2),
                          .one_minus_beta2 = static_cast<float>(1 - lion_.beta2),
                          .weight_decay = static_cast<float>(lion_.weight_decay)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const double unscale = gradient_factor(call), lr = call.step.learning_rate;
        if (unscale == 0) return;
        const std::vector<double> shares = decay_by_element(call.in(parameters).values.size());
        for (size_t i = 0; i < shares.size(); ++i) {
            double& p = call.inout(parameters).values[i];
            double& m = call.inout(exp_avg).values[i];
            const double g = unscale * call.in(gradients).values[i];
            const double u = lion_.beta1 * m + (1 - lion_.beta1) * g;
            p -= lr * lion_.weight_decay * shares[i] * p + lr * ((u > 0) - (u < 0));
            m = lion_.beta2 * m + (1 - lion_.beta2) * g;
        }
    }

  private:
    static constexpr size_t exp_avg = first_slot;
    Lion lion_;
};

}  // namespace

std::shared_ptr<const Optimizer> lion(const Lion& lion, ParameterRanges ranges) {
    return std::make_shared<LionOperator>(lion, std::move(ranges));
}

}  // namespace vkm::graph::ops
