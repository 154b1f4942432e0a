#include <graph/kernels/bias_corrections.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/adamw.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <cmath>

namespace vkm::graph::ops {
namespace {

// Says what becomes of the weight decay: a part of the gradient, or a pull of its own.
enum class Decay : uint8_t { coupled, decoupled };

class AdamOperator final : public Optimizer {
  public:
    AdamOperator(const AdamW& adamw, Decay decay, ParameterRanges ranges)
        : Optimizer(std::move(ranges)), adamw_(adamw), decay_(decay) {}

    std::string_view name() const override { return coupled() ? "adam" : "adamw"; }

    std::vector<OptimizerSlot> slots() const override {
        return {{.name = "exp_avg"}, {.name = "exp_avg_sq", .nonnegative = true}, update_count()};
    }

    void lower(Lowering& lowering) const override {
        const Region corrections = bias_corrections(lowering, lowering.input(updates_made), guard(lowering),
                                                    adamw_.beta1, adamw_.beta2);
        const uint32_t workgroup = choose_workgroup(lowering);
        const Region shares = decay_shares(lowering);
        for (const Window& w : windows(lowering)) {
            lowering.dispatch<shaders::Adamw>(
                {.constants = {.workgroup = workgroup, .coupled = coupled(), .ranged = ranged()},
                 .bindings = {.parameters = lowering.input(parameters).units(w.first, w.count, 16),
                              .gradients = lowering.input(gradients).units(w.first, w.count, 16),
                              .exp_avg = lowering.input(exp_avg).units(w.first, w.count, 16),
                              .exp_avg_sq = lowering.input(exp_avg_sq).units(w.first, w.count, 16),
                              .step_params = lowering.input(step_params()),
                              .corrections = corrections,
                              .shares = cut_shares(shares, w)},
                 .push = {.quads = u32(w.count),
                          .one_minus_beta1 = static_cast<float>(1 - adamw_.beta1),
                          .beta2 = static_cast<float>(adamw_.beta2),
                          .one_minus_beta2 = static_cast<float>(1 - adamw_.beta2),
                          .epsilon = static_cast<float>(adamw_.epsilon),
                          .weight_decay = static_cast<float>(adamw_.weight_decay)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const double unscale = gradient_factor(call);
        if (unscale == 0) return;
        const double t = ++call.inout(updates_made).values[0], lr = call.step.learning_rate;
        const double correction1 = 1 - std::pow(adamw_.beta1, t), correction2 = 1 - std::pow(adamw_.beta2, t);
        const std::vector<double> shares = decay_by_element(call.in(parameters).values.size());
        for (size_t i = 0; i < shares.size(); ++i) {
            double& p = call.inout(parameters).values[i];
            double& m = call.inout(exp_avg).values[i];
            double& v = call.inout(exp_avg_sq).values[i];
            const double decay = adamw_.weight_decay * shares[i];
            const double g = unscale * call.in(gradients).values[i] + (coupled() ? decay * p : 0);
            m += (1 - adamw_.beta1) * (g - m);
            v = adamw_.beta2 * v + (1 - adamw_.beta2) * g * g;
            if (!coupled()) p -= lr * decay * p;
            if (m != 0) p -= lr * m / correction1 / (std::sqrt(v) / std::sqrt(correction2) + adamw_.epsilon);
        }
    }

  private:
    bool coupled() const { return decay_ == Decay::coupled; }

    static constexpr size_t exp_avg = first_slot, exp_avg_sq = first_slot + 1, updates_made = first_slot + 2;
    AdamW adamw_;
    Decay decay_;
};

}  // namespace

std::shared_ptr<const Optimizer> adamw(const AdamW& adamw, ParameterRanges ranges) {
    return std::make_shared<AdamOperator>(adamw, Decay::decoupled, std::move(ranges));
}

std::shared_ptr<const Optimizer> adam(const Adam& adam, ParameterRanges ranges) {
    const AdamW settings{adam.beta1, adam.beta2, adam.epsilon, adam.weight_decay};
    return std::make_shared<AdamOperator>(settings, Decay::coupled, std::move(ranges));
}

}  // namespace vkm::graph::ops
