#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/sgd.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class SgdOperator final : public Optimizer {
  public:
    SgdOperator(const Sgd& sgd, ParameterRanges ranges) : Optimizer(std::move(ranges)), sgd_(sgd) {}

    std::string_view name() const override { return "sgd"; }

    std::vector<OptimizerSlot> slots() const override { return {{.name = "momentum"}}; }

    void lower(Lowering& lowering) const override {
        const UpdateGuard update = guard(lowering);
        const uint32_t workgroup = choose_workgroup(lowering);
        const Region shares = decay_shares(lowering);
        for (const Window& w : windows(lowering)) {
            lowering.dispatch<shaders::Sgd>(
                {.constants = {.workgroup = workgroup,
                               .nesterov = sgd_.nesterov,
                               .guarded = update.guarded,
                               .scaled = update.scaled,
                               .ranged = ranged()},
                 .bindings = {.parameters = lowering.input(parameters).units(w.first, w.count, 16),
                              .gradients = lowering.input(gradients).units(w.first, w.count, 16),
                              .momenta = lowering.input(momenta).units(w.first, w.count, 16),
                              .step_params = lowering.input(step_params()),
                              .guard = update.loss,
                              .unscale = update.verdict,
                              .shares = cut_shares(shares, w)},
                 .push = {.quads = u32(w.count),
                          .momentum = static_cast<float>(sgd_.momentum),
                          .weight_decay = static_cast<float>(sgd_.weight_decay)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const double unscale = gradient_factor(call);
        if (unscale == 0) return;
        const double momentum = static_cast<float>(sgd_.momentum),
                     decay = static_cast<float>(sgd_.weight_decay);
        const std::vector<double> shares = decay_by_element(call.in(parameters).values.size());
        for (size_t i = 0; i < shares.size(); ++i) {
            double& p = call.inout(parameters).values[i];
            double& v = call.inout(momenta).values[i];
            const double g = unscale * call.in(gradients).values[i] + decay * shares[i] * p;
            v = momentum * v + g;
            p -= static_cast<double>(call.step.learning_rate) * (sgd_.nesterov ? g + momentum * v : v);
        }
    }

  private:
    static constexpr size_t momenta = first_slot;
    Sgd sgd_;
};

}  // namespace

std::shared_ptr<const Optimizer> sgd(const Sgd& sgd, ParameterRanges ranges) {
    return std::make_shared<SgdOperator>(sgd, std::move(ranges));
}

}  // namespace vkm::graph::ops
